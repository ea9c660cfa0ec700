"""Reads and checks ``package.json`` and the index of packages. Pure.

Both come from the network. Nothing here trusts a type, a length or a path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from iot_kernel.packages.errors import PackageError
from iot_kernel.text import printable

FILES_LIMIT = 500  # files and dependencies a package; the largest known packages have about 100
PATH_LIMIT = 200  # characters; board file systems take names of 255 bytes at most
DIGEST_LIMIT = (4, 64)  # hexadecimal digits: the index began with 4, uses 8; 64 are all of SHA-256

_DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST_LIMIT[0]},{DIGEST_LIMIT[1]}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file of a package.

    Attributes:
        path: where it goes, relative to the target directory; never leads out of it.
        digest: the first hexadecimal digits of its SHA-256, by which the index has it; empty with a source.
        source: where it is, as the package says it; empty with a digest.
        tag: which boards it is for, as in ``sys.implementation._mpy``; None for all.
    """

    path: str
    digest: str = ""
    source: str = ""
    tag: int | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """A package.

    Attributes:
        version: for people; may be empty.
        items: its files.
        dependencies: names or addresses of other packages, and their versions, which may be empty.
    """

    version: str
    items: tuple[PackageFile, ...]
    dependencies: tuple[tuple[str, str], ...]


def parse_description(data: bytes, where: str) -> Description:
    """Reads a ``package.json``, or the file that describes a package in an index.

    Args:
        data: the file.
        where: its address, for errors.

    Raises:
        PackageError: it is not what it should be.
    """
    content = _object(data, where)
    version = content.get("version")
    return Description(
        printable(version) if isinstance(version, str) else "",
        (*_items(content, "hashes", where), *_items(content, "urls", where)),
        tuple(_dependency(entry, where) for entry in _entries(content, "deps", where)),
    )


def parse_index(data: bytes, where: str) -> dict[str, frozenset[str]]:
    """Reads the list of all packages of an index: their versions by their names.

    Raises:
        PackageError: it is no list of packages.
    """
    packages = _object(data, where).get("packages")
    if not isinstance(packages, list):
        raise PackageError(where, "this is no list of packages")
    found = [entry for entry in packages if isinstance(entry, dict) and isinstance(entry.get("name"), str)]
    return {printable(entry["name"]): frozenset(_versions(entry.get("versions"))) for entry in found}


def safe_path(text: object) -> str | None:
    """The path of a file below a directory, tidied up; None for what is none or leads out of it."""
    if not isinstance(text, str) or len(text) > PATH_LIMIT or not text.isprintable():
        return None
    if text.startswith("/") or text.endswith("/") or "\\" in text or ":" in text:
        return None
    parts = [part for part in text.split("/") if part not in {"", "."}]
    return None if ".." in parts else "/".join(parts) or None


def _object(data: bytes, where: str) -> dict[str, object]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise PackageError(where, f"this should be JSON, and is not{_web_page(data)}") from None
    if not isinstance(content, dict):
        raise PackageError(where, "this does not describe a package")
    return content


def _web_page(data: bytes) -> str:
    return " (it is a web page)" if looks_like_web_page(data) else ""


def looks_like_web_page(data: bytes) -> bool:
    """Whether this is what servers send to people, where a file was expected."""
    return data.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))


def _entries(content: dict[str, object], key: str, where: str) -> list[object]:
    entries = content.get(key) or []
    if not isinstance(entries, list) or len(entries) > FILES_LIMIT:
        raise PackageError(where, f"'{key}' should be a list of at most {FILES_LIMIT} entries")
    return entries


def _items(content: dict[str, object], key: str, where: str) -> Iterator[PackageFile]:
    for entry in _entries(content, key, where):
        match entry:
            case [path, str(source)]:
                item = PackageFile(_target(path, where), source=source)
            case [path, str(source), int(tag)]:
                item = PackageFile(_target(path, where), source=source, tag=tag)
            case _:
                raise PackageError(where, f"'{key}' should list pairs, and has {_shown(entry)}")
        if key == "hashes":
            if not _DIGEST.fullmatch(source):
                raise PackageError(where, f"{_shown(source)} is no SHA-256 in hexadecimal digits")
            item = replace(item, digest=source, source="")
        yield item


def _target(path: object, where: str) -> str:
    safe = safe_path(path)
    if safe is None:
        raise PackageError(where, f"the file {_shown(path)} would be outside of the target directory")
    return safe


def _dependency(entry: object, where: str) -> tuple[str, str]:
    """A name and a version, which some packages leave out."""
    match entry:
        case str(name) | [str(name)] | [str(name), None]:
            return name, ""
        case [str(name), str(version)]:
            return name, version
    raise PackageError(where, f"'deps' should list names and versions, and has {_shown(entry)}")


def _versions(content: object) -> Iterator[str]:
    lists = content.values() if isinstance(content, dict) else []
    for versions in lists:
        if isinstance(versions, list):
            yield from (printable(version) for version in versions if isinstance(version, str))


def _shown(value: object) -> str:
    return printable(repr(value))
