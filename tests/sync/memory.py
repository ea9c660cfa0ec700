"""Trees in short notation, and a board that exists in memory only, whose plug can be pulled at any step."""

from __future__ import annotations

import errno
from pathlib import Path
from types import MappingProxyType

from iot_kernel.errors import ConnectionLostError
from iot_kernel.files.paths import temporary
from iot_kernel.files.tree import RemoteFile, Space, Tree, digest
from iot_kernel.sync.patterns import Excludes
from iot_kernel.sync.rules import Rules, above
from iot_kernel.sync.tree import HostFile, HostTree


def contents_of(text):
    """``/a.py=1 /lib/=`` -> files with their contents, and directories."""
    pairs = [word.partition("=") for word in text.split()]
    files = {path: data.encode() for path, _, data in pairs if not path.endswith("/")}
    directories = {path.rstrip("/") for path, _, _ in pairs if path.endswith("/")}
    return files, directories


def host_tree(text, *, missing=(), modules=()):
    """What belongs on the board; ``modules`` are compiled ones, which their sources would hide."""
    files, directories = contents_of(text)
    return HostTree(
        {
            path: HostFile(
                Path(f"/host{path}"),
                data,
                config="boards.yaml",
                line=7,
                hidden_by=path.replace(".mpy", ".py") if path in modules else "",
            )
            for path, data in sorted(files.items())
        },
        frozenset(directories),
        tuple(missing),
        "boards.yaml",
    )


def rules(*excludes, mirrored=("/",)):
    return Rules(frozenset(mirrored), (("/", Excludes(excludes)),))


class MemoryBoard:
    """The files of a board.

    Attributes:
        files: contents by path.
        directories: without the root.
        steps_left: until the plug is pulled; None for never. Each change of the file system is a step.
    """

    def __init__(self, text="", *, mounts=(), algorithm="sha256", capacity=1 << 20, is_flat=False):
        self.files, self.directories = contents_of(text)
        for path in [*self.files, *self.directories]:
            self.directories |= set(above(path))
        self.mounts = frozenset(mounts)
        self.directories |= self.mounts
        self.algorithm = algorithm
        self.capacity = capacity
        self.is_flat = is_flat
        self.steps_left = None
        self.steps = 0

    def tree(self, root="/", *, digest_sizes=()):
        assert root == "/"
        listed = {path: self._remote(path, digest_sizes) for path in sorted(self.files)}
        leftovers = {path for path in listed if path.endswith(".~iot")}
        return Tree(
            files=MappingProxyType({path: file for path, file in listed.items() if path not in leftovers}),
            directories=frozenset(self.directories),
            mounts=self.mounts,
            leftovers=frozenset(leftovers),
            algorithm=self.algorithm,
            space=self.space(),
            is_flat=self.is_flat,
            now=None,
        )

    def state(self):
        return dict(self.files), set(self.directories)

    def space(self, path="/"):
        return Space(self.capacity - sum(map(len, self.files.values())), self.capacity)

    def remove_files(self, paths):
        for path in paths:
            self._remove(path)

    def remove_directories(self, paths):
        for path in paths:
            self._rmdir(path)

    def _remove(self, path):
        if path in self.directories:
            raise IsADirectoryError(errno.EISDIR, "it is a directory", f":{path}")
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "no such file", f":{path}")
        self._step()
        del self.files[path]

    def _rmdir(self, path):
        if path in self.files:
            raise NotADirectoryError(errno.ENOTDIR, "it is no directory", f":{path}")
        if path not in self.directories:
            raise FileNotFoundError(errno.ENOENT, "no such directory", f":{path}")
        if any(other.startswith(f"{path}/") for other in [*self.files, *self.directories]):
            raise OSError(errno.ENOTEMPTY, "the directory is not empty", f":{path}")
        self._step()
        self.directories.discard(path)

    def mkdirs(self, path):
        for directory in [*reversed(list(above(path))), path]:
            if directory in self.files:
                raise NotADirectoryError(errno.ENOTDIR, "it is no directory", f":{directory}")
            if directory not in self.directories:
                self._step()
                self.directories.add(directory)

    def write_files(self, contents, on_progress=None):
        done = 0
        for path, data in contents.items():
            self._write(path, data)
            done += len(data)
            if on_progress is not None:
                on_progress(done)

    def _write(self, path, data):
        if path in self.directories:
            raise IsADirectoryError(errno.EISDIR, "it is a directory", f":{path}")
        if path.count("/") > 1:
            self.mkdirs(path.rpartition("/")[0])
        on_the_way = temporary(path)
        self.files.pop(on_the_way, None)
        if len(data) > self.space().free:
            raise OSError(errno.ENOSPC, "no space left", f":{path}")
        self.files[on_the_way] = data[: len(data) // 2]
        self._step()
        self.files[on_the_way] = data
        self._step()
        self.files[path] = self.files.pop(on_the_way)

    def _step(self):
        if self.steps_left == 0:
            raise ConnectionLostError("memory://")
        if self.steps_left is not None:
            self.steps_left -= 1
        self.steps += 1

    def _remote(self, path, digest_sizes):
        data = self.files[path]
        wanted = digest_sizes is None or len(data) in digest_sizes
        return RemoteFile(path, len(data), None, digest(data, self.algorithm) if wanted else None)
