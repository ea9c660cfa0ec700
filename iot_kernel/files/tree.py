"""Reads the answers to a listing into a `Tree` of a board's files, and checks them. Pure."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files.capabilities import Capabilities
from iot_kernel.files.errors import TooMuchError
from iot_kernel.files.names import entry
from iot_kernel.files.paths import is_temporary, joined
from iot_kernel.files.remote_reply import Answer

#: Enough to tell any two files apart, and few enough for a slow wire.
DIGEST_BYTES = 8

#: files and directories of one listing: cards hold some 10 000, and each takes this computer 1000 bytes.
MOST_ENTRIES = 100_000

#: characters of the paths in one listing; those of cards have 40 on average.
MOST_CHARACTERS = 10_000_000

#: levels of directories: people nest ten at most; a directory that contains itself has no end.
DEEPEST = 32

_WHAT = "listing its files"

#: Directories that belong to the firmware, by platform. Its answers do not tell what is mounted there.
_SYSTEM = {"webassembly": frozenset({"/dev", "/home", "/proc", "/tmp"})}  # noqa: S108  no directory of this computer


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on a board.

    Args:
        path: absolute; on a flat file system the name behind a slash.
        size: bytes; -1 for a directory.
        modified: seconds since 1970, UTC as the board's clock says; None where the board keeps no time.
        digest: `DIGEST_BYTES` of its content's digest; None where it was not asked for.
    """

    path: str
    size: int
    modified: int | None
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Space:
    """How large a file system is, in bytes."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Tree:
    """What is at and below a directory.

    Args:
        files: by path, sorted.
        directories: without the root.
        mounts: those of them where other file systems begin, or that belong to the firmware: never removed.
        leftovers: temporary files of transfers that broke off; they are not among the files.
        algorithm: of the digests; ``crc32`` and ``adler32`` where the firmware has no hashlib.
        space: of the file system that holds the root; None where the firmware cannot tell.
        is_flat: the file system has no directories at all.
        now: the board's clock, in seconds since 1970; None without one, or where it was never set.
        unlisted: names with a slash, which are no paths where there are no directories; none among the files.
    """

    files: Mapping[str, RemoteFile]
    directories: frozenset[str]
    mounts: frozenset[str]
    leftovers: frozenset[str]
    algorithm: str
    space: Space | None
    is_flat: bool
    now: int | None
    unlisted: frozenset[str] = frozenset()


def digest(data: bytes, algorithm: str) -> bytes:
    """Computes what a board says as the digest of a file.

    Args:
        data: its content.
        algorithm: as in `Tree`.
    """
    if algorithm == "crc32":
        return zlib.crc32(data).to_bytes(4, "big")
    if algorithm == "adler32":
        return zlib.adler32(data).to_bytes(4, "big")
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()[:DIGEST_BYTES]


def digest_of(answer: object) -> bytes | None:
    """Reads a digest as the board says it: bytes, or the number of a checksum."""
    if isinstance(answer, int):
        return (answer & 0xFFFFFFFF).to_bytes(4, "big")
    return answer if isinstance(answer, bytes) and len(answer) <= DIGEST_BYTES else None


def space_of(answer: object) -> Space | None:
    """Reads what ``os.statvfs`` returns; None where it says nothing."""
    match answer:
        case (int(), int(unit), int(blocks), int(), int(free), *_) if blocks > 0 and unit > 0 and free >= 0:
            return Space(free * unit, blocks * unit)
    return None


def stat_of(path: str, answer: Answer, capabilities: Capabilities) -> RemoteFile | None:
    """Reads what the snippet ``stat_files`` says of one path.

    Raises:
        RemoteProtocolError: it makes no sense.
    """
    match answer:
        case (-2, _):
            return None
        case (int(size), int() | float() as modified):  # firmware has negative sizes for very large files
            return RemoteFile(path, size if size >= -1 else 0, capabilities.host_time(modified), None)
    raise RemoteProtocolError("asking for a file", repr(answer).encode())


class TreeReader:
    """Reads what the snippets ``list_tree`` and ``list_flat`` say, as it comes.

    Args:
        root: the directory that is listed.
        capabilities: of the board.
    """

    def __init__(self, root: str, capabilities: Capabilities) -> None:
        self._capabilities = capabilities
        self._directory = root
        self._files: dict[str, RemoteFile] = {}
        self._directories: set[str] = {root}
        self._look_mounted: set[str] = set()
        self._unlisted: set[str] = set()
        self._files_do_too = False
        self._has_root = True
        self._space: Space | None = None
        self._now: int | None = None
        self._count = self._characters = 0

    def take(self, answer: Answer) -> None:
        """Takes one line.

        Raises:
            RemoteProtocolError: it makes no sense.
            OSError: a name in it is none.
            TooMuchError: these are more than any board has.
        """
        self._count += 1
        if self._count > MOST_ENTRIES:
            raise TooMuchError(_WHAT, f"more than {MOST_ENTRIES} entries")
        match answer:
            case (int() | None as now, bool(has_root), space):
                self._now = self._capabilities.host_time(now)
                self._has_root = has_root
                self._space = space_of(space)
            case (bytes(path),):
                self._directory = self._known(path)
            case (bytes(path), bool(looks_mounted)):
                self._add_directory(path, looks_mounted=looks_mounted)
            case (
                bytes(name),
                int(size),
                int() | float() as modified,
                int() | bytes() | None as check,
                bool(looks_mounted),
            ):
                self._files_do_too |= looks_mounted
                if (where := self._place(name)) is not None:
                    file = RemoteFile(
                        where, max(size, 0), self._capabilities.host_time(modified), digest_of(check)
                    )
                    self._files.setdefault(where, file)
            case _:
                raise _senseless(answer)

    def _known(self, path: bytes) -> str:
        """Returns the directory whose entries come next; the board must have told it before."""
        found = path.decode(errors="replace") or "/"
        if found not in self._directories:
            raise _senseless((path,))
        return found

    def _add_directory(self, path: bytes, *, looks_mounted: bool) -> None:
        before = self._directory.rstrip("/").encode() + b"/"
        if not path.startswith(before):
            raise _senseless((path, looks_mounted))
        where = self._directory
        is_mount = looks_mounted and where == "/"  # the root lists what is mounted at /a/b as a/b
        for name in path.removeprefix(before).split(b"/") if is_mount else [path.removeprefix(before)]:
            where = self._joined(where, name)
        if where.count("/") > DEEPEST:
            raise TooMuchError(_WHAT, f"directories more than {DEEPEST} levels deep")
        self._directories.add(where)
        if looks_mounted:
            self._look_mounted.add(where)

    def _place(self, name: bytes) -> str | None:
        """Returns a file's path; None for a name with a slash on a flat file system: no path can mean it."""
        if not self._capabilities.has_directories:
            name = name.lstrip(b"/")
            if b"/" in name:
                self._unlisted.add(name.decode(errors="replace"))
                return None
        return self._joined(self._directory, name)

    def _joined(self, directory: str, name: bytes) -> str:
        where = joined(directory, entry(name, directory))
        self._characters += len(where)
        if self._characters > MOST_CHARACTERS:
            raise TooMuchError(_WHAT, f"more than {MOST_CHARACTERS} characters of paths")
        return where

    def tree(self, platform: str) -> Tree:
        """Puts together what was taken."""
        is_known = platform not in _SYSTEM and not (self._files_do_too and self._has_root)
        mounts = self._look_mounted if is_known else _SYSTEM.get(platform, frozenset()) & self._directories
        leftovers = {path for path in self._files if is_temporary(path)}
        files = {path: self._files[path] for path in sorted(self._files.keys() - leftovers)}
        return Tree(
            files=MappingProxyType(files),
            directories=frozenset(self._directories - {"/"}),
            mounts=frozenset(mounts),
            leftovers=frozenset(leftovers),
            algorithm=self._capabilities.algorithm,
            space=self._space,
            is_flat=not self._capabilities.has_directories,
            now=self._now,
            unlisted=frozenset(self._unlisted),
        )


def _senseless(answer: Answer) -> RemoteProtocolError:
    return RemoteProtocolError(_WHAT, repr(answer).encode())
