"""Reads what a user, or a package that depends on others, writes to name a package. Pure."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TypeAlias

from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.sources import Local, Place, parse_place
from iot_kernel.text import printable

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
_VERSION = re.compile(r"[A-Za-z0-9][\w.+!-]{0,99}", re.ASCII)
_FILE = re.compile(r"\.{0,2}/|~|\$|.*\.(?:py|mpy|json)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class IndexPackage:
    """A package of the index.

    Attributes:
        name: e.g. ``umqtt.simple``.
        version: empty for the latest.
    """

    name: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name


Reference: TypeAlias = IndexPackage | Place


def parse_reference(text: str) -> Reference:
    """Reads what a user wrote.

    Args:
        text: a name, an address, or the path of a file; a version, branch or tag may follow behind ``@``.
            Paths are taken as they are, expanded by the caller.

    Raises:
        PackageError: it is none of these.
    """
    if _FILE.match(text) and ":" not in text:
        return local_reference(text)
    body, _, ref = text.rpartition("@") if _may_have_ref(text) else (text, "", "")
    return parse_place(body, ref) or _named(*re.split("@|==", text, maxsplit=1))


def parse_dependency(name: str, version: str = "") -> Reference:
    """Reads what a package depends on; never a file of this computer.

    Args:
        name: a name or an address.
        version: a version, branch or tag; empty or ``latest`` for the latest.

    Raises:
        PackageError: it is neither.
    """
    version = "" if version == "latest" else version
    if not version and _may_have_ref(name):
        name, _, version = name.rpartition("@")
    return parse_place(name, version) or _named(name, version)


def _may_have_ref(text: str) -> bool:
    """A URL may hold an ``@`` of its own."""
    return "@" in text and "://" not in text


def local_reference(text: str) -> Local:
    """Reads the path of a file or package of this computer.

    Args:
        text: the path, taken as it is.

    Raises:
        PackageError: it holds characters that no path has.
    """
    if not text.isprintable():
        raise PackageError(printable(text), "this is no valid path")
    path = posixpath.normpath(text)
    if posixpath.splitext(path)[1] in {".py", ".mpy", ".json"}:
        return Local(posixpath.dirname(path) or ".", posixpath.basename(path))
    return Local(path)


def _named(name: str, version: str = "") -> IndexPackage:
    if not _NAME.fullmatch(name):
        problem = (
            "this cannot be the name of a package; addresses begin with https:// or github:OWNER/REPOSITORY, "
            "and paths of this computer with ./"
        )
        raise PackageError(printable(name) or "''", problem)
    version = "" if version == "latest" else version
    if version and not _VERSION.fullmatch(version):
        raise PackageError(name, f"'{printable(version)}' is no valid version")
    return IndexPackage(name, version)
