"""A Python package index on a local web server, with wheels and source distributions made on the spot."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile

from tests.packages.web_server import WebServer

#: A build system in one file that needs nothing from anywhere.
BACKEND = """
import zipfile

NAME, VERSION, FILES = {name!r}, {version!r}, {files!r}

def build_wheel(directory, config_settings=None, metadata_directory=None):
    wheel = f"{{NAME}}-{{VERSION}}-py3-none-any.whl"
    info = f"{{NAME}}-{{VERSION}}.dist-info"
    with zipfile.ZipFile(f"{{directory}}/{{wheel}}", "w") as archive:
        for path, text in FILES.items():
            archive.writestr(path, text)
        archive.writestr(f"{{info}}/METADATA", {metadata!r})
        archive.writestr(f"{{info}}/WHEEL", {wheel!r})
        archive.writestr(f"{{info}}/RECORD", "".join(f"{{path}},,\\n" for path in FILES))
    return wheel
"""
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


class PyPI(WebServer):
    """An index; `environment` has pip use it, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._links: dict[str, list[str]] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PIP_INDEX_URL": f"{self.url}/simple",
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_NO_CACHE_DIR": "1",
            "PIP_RETRIES": "0",
        }

    def wheel(
        self, name: str, version: str, files: dict[str, str], *, scripts: str = "", requires: str = ""
    ) -> None:
        """Adds a wheel."""
        info = f"{name}-{version}.dist-info"
        metadata = METADATA.format(name=name, version=version)
        content = files | {
            f"{info}/METADATA": metadata + (f"Requires-Dist: {requires}\n" if requires else ""),
            f"{info}/WHEEL": WHEEL,
        }
        if scripts:
            content[f"{info}/entry_points.txt"] = f"[console_scripts]\n{scripts}\n"
        content[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"])
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for path, text in content.items():
                archive.writestr(path, text)
        self._add(name, f"{name}-{version}-py3-none-any.whl", data.getvalue())

    def sdist(self, name: str, version: str, files: dict[str, str], *, backend: str = BACKEND) -> None:
        """Adds a source distribution; building it runs code of the package."""
        top = f"{name}-{version}"
        content = {
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            "pyproject.toml": PROJECT,
            "backend.py": backend.format(
                name=name,
                version=version,
                files=files,
                metadata=METADATA.format(name=name, version=version),
                wheel=WHEEL,
            ),
        }
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as archive:
            for path, text in content.items():
                member = tarfile.TarInfo(f"{top}/{path}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        self._add(name, f"{top}.tar.gz", data.getvalue())

    def _add(self, name: str, file: str, data: bytes) -> None:
        self.files[f"/files/{file}"] = data
        digest = hashlib.sha256(data).hexdigest()
        links = self._links.setdefault(name, [])
        links.append(f'<a href="/files/{file}#sha256={digest}">{file}</a>')
        page = f"<!doctype html><html><body>{''.join(links)}</body></html>"
        self.answers[f"/simple/{name.replace('_', '-').lower()}/"] = lambda handler: say_html(handler, page)


def say_html(handler, page: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", str(len(page)))
    handler.end_headers()
    handler.wfile.write(page.encode())
