"""Where a package or one of its files is, in a user's words and as a URL. Pure.

What a package from the network says of places is as untrusted as the network: it can name other places
there, but never a file of this computer.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import quote, urljoin, urlsplit

from iot_kernel.packages.errors import PackageError
from iot_kernel.text import printable

#: How files of public repositories are fetched. `ref`: branch, tag or commit; ``HEAD`` is the default branch.
HOSTS = {
    "github": "https://raw.githubusercontent.com/{owner}/{repo}/{ref}/{path}",
    "gitlab": "https://gitlab.com/{owner}/{repo}/-/raw/{ref}/{path}",
    "codeberg": "https://codeberg.org/api/v1/repos/{owner}/{repo}/raw/{path}?ref={ref}",
}

#: What describes a package of several files, where only its directory is named.
DESCRIPTION = "package.json"

ADDRESS_LIMIT = 1000  # characters; the longest addresses seen in packages have 150

_MODULE = (".py", ".mpy")
_WORD = re.compile(r"[\w.-]+", re.ASCII)
_REF = re.compile(r"[\w.+-]+(?:/[\w.+-]+)*", re.ASCII)
_IN_URL = "/%?=&;+,@:!$'()*~#[]"  # what a URL may hold as it is


@dataclass(frozen=True, slots=True)
class Hosted:
    """A file or directory in a public repository.

    Attributes:
        host: a key of `HOSTS`.
        owner: the repository's first name.
        repo: its second name.
        path: inside of it; empty for its root.
        ref: branch, tag or commit; empty for the default branch.
    """

    host: str
    owner: str
    repo: str
    path: str = ""
    ref: str = ""

    def __str__(self) -> str:
        path = "/".join(part for part in (self.owner, self.repo, self.path) if part)
        return f"{self.host}:{path}" + (f"@{self.ref}" if self.ref else "")

    @property
    def url(self) -> str:
        """Where it is fetched."""
        parts = {name: quote(getattr(self, name)) for name in ("owner", "repo", "path")}
        return HOSTS[self.host].format(**parts, ref=quote(self.ref or "HEAD"))

    @property
    def name(self) -> str:
        """Its last part."""
        return posixpath.basename(self.path) or self.repo

    def inside(self, relative: str) -> Hosted:
        """The file ``relative`` in this directory.

        Raises:
            PackageError: it would be outside of the repository.
        """
        return replace(self, path=_inside(self, relative, "the repository"))

    @property
    def parent(self) -> Hosted:
        """The directory it is in."""
        return replace(self, path=posixpath.dirname(self.path))


@dataclass(frozen=True, slots=True)
class Web:
    """Something with an ``http`` or ``https`` URL."""

    url: str

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        """Its last part; the host where there is no path."""
        parts = urlsplit(self.url)
        return posixpath.basename(parts.path.rstrip("/")) or (parts.hostname or "")

    def inside(self, relative: str) -> Web:
        """The file ``relative`` in this directory."""
        return Web(urljoin(self.url.rstrip("/") + "/", "./" + quote(relative.lstrip("/"), safe=_IN_URL)))

    @property
    def parent(self) -> Web:
        """The directory it is in."""
        return Web(urljoin(self.url, ".").rstrip("/"))


@dataclass(frozen=True, slots=True)
class Local:
    """A file or directory of this computer; only a user can name one.

    Attributes:
        directory: what a package there may take its files from.
        path: in that directory, POSIX; empty for the directory itself.
    """

    directory: str
    path: str = ""

    def __str__(self) -> str:
        return posixpath.join(self.directory, self.path) if self.path else self.directory

    @property
    def name(self) -> str:
        """Its last part."""
        return posixpath.basename(str(self).rstrip("/"))

    def inside(self, relative: str) -> Local:
        """The file ``relative`` in this directory.

        Raises:
            PackageError: it would be outside of the package's directory.
        """
        return replace(self, path=_inside(self, relative, "the package's directory"))

    @property
    def parent(self) -> Local:
        """The directory it is in."""
        return replace(self, path=posixpath.dirname(self.path))


def _inside(directory: Hosted | Local, relative: str, top: str) -> str:
    """The path of a file that is named relative to a directory.

    Raises:
        PackageError: it leads out of the top.
    """
    path = posixpath.normpath(posixpath.join(directory.path, relative.lstrip("/")))
    if path in {".", ".."} or path.startswith("../"):
        raise PackageError(str(directory), f"'{printable(relative)}' leads out of {top}")
    return path


Place: TypeAlias = Hosted | Web | Local


def is_module(place: Place) -> bool:
    """Whether it is a single file, rather than a package with a description."""
    return place.name.endswith(_MODULE)


def describing(place: Place) -> Place:
    """The description of the package at a place: itself, or the usual name in that directory."""
    return place if place.name.endswith(".json") else place.inside(DESCRIPTION)


def parse_place(text: str, ref: str = "") -> Hosted | Web | None:
    """Reads an address on the network; None for a text that is none, such as the name of a package.

    Args:
        text: ``github:owner/repo/path``, ``https://…`` and the like.
        ref: branch, tag or commit; for repositories.

    Raises:
        PackageError: it is meant as an address, but cannot be one.
    """
    scheme, colon, rest = text.partition(":")
    if not colon or "/" in scheme:
        return None
    if len(text) > ADDRESS_LIMIT or not text.isprintable():
        raise PackageError(printable(text), "this is no valid address")
    if scheme in HOSTS:
        return _repository(scheme, rest.strip("/").split("/"), ref)
    if scheme.lower() in {"http", "https"}:
        return _page(text, ref)
    raise PackageError(
        printable(text), f"'{printable(scheme)}:' is no known way to fetch a package; known are {_schemes()}"
    )


def _schemes() -> str:
    return ", ".join([f"{host}:" for host in HOSTS] + ["http:", "https:"])


def _repository(host: str, parts: list[str], ref: str) -> Hosted:
    text = f"{host}:{'/'.join(parts)}"
    if len(parts) < 2 or not all(_WORD.fullmatch(part) for part in parts[:2]):
        raise PackageError(
            printable(text), f"expected {host}:OWNER/REPOSITORY, perhaps with /PATH or @BRANCH"
        )
    if ref and (not _REF.fullmatch(ref) or ".." in ref.split("/")):
        raise PackageError(printable(text), f"'{printable(ref)}' is no valid branch, tag or commit")
    place = Hosted(host, parts[0], parts[1].removesuffix(".git"), ref=ref)
    return place.inside("/".join(parts[2:])) if len(parts) > 2 else place


def _page(text: str, ref: str) -> Hosted | Web:
    """A URL as it is; one that shows a repository to people is meant as that repository."""
    if not _hostname(text):
        raise PackageError(printable(text), "a URL needs the name of a host")
    parts = urlsplit(text)
    if parts.username is not None:  # it would be shown in the notebook, and stay there
        raise PackageError(_hostname(text), "an address with a user name or password cannot be used")
    path = parts.path.strip("/").split("/")
    if parts.hostname in {"github.com", "www.github.com"} and (
        len(path) == 2 or path[2:3] in (["tree"], ["blob"])
    ):
        return _repository("github", path[:2] + path[4:], ref or "".join(path[3:4]))
    return Web(quote(text, safe=_IN_URL))


def _hostname(text: str) -> str:
    try:
        parts = urlsplit(text)
        _ = parts.port  # reads it
    except ValueError:
        return ""
    return parts.hostname or ""
