"""Debian packages without installing them: apt fetches them into the cache, dpkg unpacks them there.

The system's own package state is neither read nor changed, so no rights are needed and a package can come
from a newer Debian than the one that runs: its programs start with the dynamic loader and C library unpacked
beside them. What is taken from the system is where its mirror is, how to reach it and Debian's keys.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.store import UnavailableError, locked, obtain, root

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEEDED = ("apt-get", "dpkg-deb", "dpkg")
UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale")  # a third of what is unpacked, and never read

# Hooks and choices of the machine's own apt that must not act on, or through, a private one.
APT_CONF = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
#clear Acquire::IndexTargets::deb::Contents-deb;
#clear Acquire::IndexTargets::deb::DEP-11;
APT::Architectures:: "{architecture}";
APT::Default-Release "";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Sandbox::User "root";
APT::Get::Assume-Yes "true";
Acquire::GzipIndexes "true";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "{state}";
Dir::State::status "{state}/status";
Dir::State::extended_states "{state}/extended_states";
Dir::Cache "{state}/cache";
Dir::Etc::sourcelist "{state}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Packages that are fetched and unpacked into one directory.

    Args:
        name: What the directory is called.
        packages: Debian's names.
        suites: The Debian releases to take them from; the newest version wins.
        closed: Whether everything they depend on comes along.
    """

    name: str
    packages: tuple[str, ...]
    suites: tuple[str, ...]
    closed: bool = True

    @property
    def place(self) -> str:
        """The name of its directory in the cache, which differs for other content."""
        return f"debian/{self.name}-{hashlib.sha256(repr(self).encode()).hexdigest()[:8]}"

    def obtain(self) -> Path:
        """Return the directory the bundle is unpacked in, fetching it first when it is missing.

        Raises:
            UnavailableError: No apt here, no mirror that has the packages, or a download failed.
        """
        return obtain(self.place, partial(_fetch, self))

    def command(self, program: str) -> list[str]:
        """Return the words that start a program of the bundle with the bundle's own loader and libraries."""
        directory = self.obtain()
        loader = _loader(directory)
        return [str(loader), "--library-path", str(loader.parent), str(directory / program)]

    def wrapper(self, program: str) -> str:
        """Return the text of a shell script that starts a program of the bundle."""
        return f'#!/bin/sh\nexec {shlex.join(self.command(program))} "$@"\n'


def mirrors(listing: str) -> list[str]:
    """Return the addresses of the archives in the output of `apt-get update --print-uris`, once each."""
    found = re.findall(r"^'(\S+?)/dists/[a-z]+/(?:In)?Release'", listing, re.MULTILINE)
    return list(dict.fromkeys(found))


def _fetch(bundle: Bundle, target: Path) -> None:
    for program in NEEDED:
        if shutil.which(program) is None:
            raise UnavailableError(
                f"{bundle.packages[0]} comes from Debian's packages, but {program} is missing"
            )
    with locked("apt"):
        for package in _download(bundle):
            _run("dpkg-deb", "--extract", str(package), str(target))
        shutil.rmtree(root() / "apt" / "cache")
    for part in UNUSED:
        shutil.rmtree(target / part, ignore_errors=True)


def _download(bundle: Bundle) -> list[Path]:
    """Return the archives of the bundle, freshly downloaded."""
    state = root() / "apt"
    archives = state / "cache" / "archives"
    shutil.rmtree(archives, ignore_errors=True)  # of a run that was broken off
    for directory in (archives / "partial", state / "lists" / "partial"):
        directory.mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    architecture = _run("dpkg", "--print-architecture").strip()
    (state / "apt.conf").write_text(APT_CONF.format(architecture=architecture, state=state))
    _update(bundle, state)
    wanted = ["install", "--download-only"] if bundle.closed else ["download"]
    _apt(state, *wanted, *bundle.packages, directory=archives)
    return sorted(archives.glob("*.deb"))


def _update(bundle: Bundle, state: Path) -> None:
    """Fetch the lists of the bundle's suites from the first of the machine's mirrors that has them."""
    failures = []
    for mirror in mirrors(_run("apt-get", "update", "--print-uris")):
        lines = [f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for suite in bundle.suites]
        (state / "sources.list").write_text("".join(lines))
        try:
            _apt(state, "update", "--error-on=any")
        except UnavailableError as error:
            failures.append(str(error))
        else:
            return
    suites = ", ".join(bundle.suites)
    reasons = "\n".join(failures) or "apt has no Debian mirror configured"
    raise UnavailableError(f"no mirror of this machine's apt gives Debian's {suites}:\n{reasons}")


def _apt(state: Path, *arguments: str, directory: Path | None = None) -> str:
    return _run("apt-get", "-q", "-c", str(state / "apt.conf"), *arguments, directory=directory)


def _run(*command: str, directory: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise UnavailableError(f"{shlex.join(command)} failed:\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _loader(directory: Path) -> Path:
    """Return the dynamic loader of an unpacked bundle."""
    loaders = sorted(directory.glob("usr/lib/*/ld-linux*.so.*"))
    if not loaders:
        raise UnavailableError(f"the packages unpacked in {directory} bring no dynamic loader")
    return loaders[0]
