"""`DeviceFiles`: the files of one board, as scripts see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

from iot_kernel.api.calls import DeviceCalls
from iot_kernel.api.copying import copy
from iot_kernel.api.snapshots import FilesSnapshot, restore_snapshot, take_snapshot
from iot_kernel.api.syncing import carry_out, check_done, described, of_directory
from iot_kernel.device.device import Device
from iot_kernel.files.copy_endpoints import BoardEndpoint, HostEndpoint
from iot_kernel.files.copy_plan import PathOnSide
from iot_kernel.files.copy_plan import plan as plan_copy
from iot_kernel.files.errnos import ENOENT, board_error
from iot_kernel.files.paths import name_of, normal, parent
from iot_kernel.sync.apply import check_free_space
from iot_kernel.sync.compare import compare
from iot_kernel.sync.plan import SyncPlan
from iot_kernel.syntax.words import protected

#: A path of this computer.
HostPath = str | Path

#: A path of the board.
BoardPath = str | PurePath

#: A directory of the board, the directories in it, the files in it.
Walked = tuple[str, list[str], list[str]]

#: Takes how many bytes are dealt with; called on another thread, must not block.
OnProgress = Callable[[int], None]


class DeviceFiles:
    """The files of one board. `iot_kernel.Device.files` is one.

    Paths of the board are as in POSIX; without a slash in front they count from the root. Errors of its file
    system are Python's own: FileNotFoundError, IsADirectoryError, PermissionError and so on, with the path of
    the board behind a colon. A file is the old one or the new one at any time, whatever happens on the way,
    and what arrives is checked. All methods also raise what `Device.exec` does.

    Args:
        calls: to the board.
    """

    def __init__(self, calls: DeviceCalls) -> None:
        self._calls = calls

    def __repr__(self) -> str:
        return f"<files of {self._calls}>"

    def put(
        self, source: HostPath, target: BoardPath = "/", on_progress: OnProgress = lambda done: None
    ) -> list[str]:
        """Copies a file, or a directory with all in it, from this computer to the board.

        Args:
            source: on this computer; ``~`` and wildcards are taken as they are.
            target: a directory, if it is there or ends in a slash; the new name otherwise.
            on_progress: takes how many bytes of all files are copied.

        Returns:
            The files that were written, as the board calls them.
        """
        place = _board_path(target)
        return self._calls.run(lambda device: self._put(device, str(source), place, on_progress))

    def get(
        self, source: BoardPath, target: HostPath = ".", on_progress: OnProgress = lambda done: None
    ) -> list[Path]:
        """Copies a file, or a directory with all in it, from the board to this computer.

        Args:
            source: on the board.
            target: a directory, if it is there or ends in a slash; the new name otherwise.
            on_progress: as for `put`.

        Returns:
            The files that were written.
        """
        place = _board_path(source)
        return self._calls.run(lambda device: self._get(device, place, str(target), on_progress))

    def read_bytes(self, path: BoardPath) -> bytes:
        """Returns the content of a file."""
        place = _board_path(path)
        return self._calls.run(lambda device: device.files.read(place))

    def write_bytes(self, path: BoardPath, data: bytes) -> None:
        """Writes a file, and makes the directories above it where they are missing."""
        place, content = _board_path(path), bytes(memoryview(data))  # bytes(5) would be five zeros
        self._calls.run(lambda device: device.files.write(place, content))

    def listdir(self, path: BoardPath = "/") -> list[str]:
        """Returns the names of what is in a directory, sorted."""
        place = _board_path(path)
        return self._calls.run(lambda device: _listdir(device, place))

    def walk(self, path: BoardPath = "/") -> Iterator[Walked]:
        """Goes through a directory with all that is below it, as `os.walk` does; the board is asked once.

        Yields:
            A directory, the names of the directories in it, and those of the files in it, all sorted.
        """
        place = _board_path(path)
        tree = self._calls.run(lambda device: device.files.tree(place))
        found: dict[str, tuple[list[str], list[str]]] = {normal(place): ([], [])}
        for directory in sorted(tree.directories - {normal(place)}):
            found[directory] = ([], [])
            found[parent(directory)][0].append(name_of(directory))
        for file in tree.files:
            found[parent(file)][1].append(name_of(file))
        return iter([(directory, *names) for directory, names in found.items()])

    def makedirs(self, path: BoardPath) -> None:
        """Makes a directory, and those above it where they are missing; one that is there is fine."""
        place = _board_path(path)
        self._calls.run(lambda device: device.files.mkdirs(place))

    def remove(self, path: BoardPath, *, recursive: bool = False) -> None:
        """Removes a file, or an empty directory.

        Args:
            path: of the board; the root and what is mounted is never removed.
            recursive: removes a directory with all in it.
        """
        place = _board_path(path)
        self._calls.run(lambda device: _remove(device, place, recursive=recursive))

    def sync(
        self,
        source: HostPath | None = None,
        target: BoardPath = "/",
        *,
        delete: bool = False,
        dry_run: bool = False,
        on_progress: OnProgress = lambda done: None,
    ) -> SyncPlan:
        """Makes files of the board those of this computer; what is the same already is not sent.

        Names that begin with a dot, ``__pycache__`` and ``boot_out.txt`` are left alone on both sides.

        Args:
            source: a directory of this computer; None for what the board's device file lists, as ``%rsync``.
            target: the directory of the board that gets what is in it.
            delete: removes what else is in there on the board.
            dry_run: only returns the plan.
            on_progress: as for `put`.

        Returns:
            The plan: what was deleted, added and updated.

        Raises:
            SyncError: something of it cannot be done.
            ConfigError: the device file is missing or wrong, or a file cannot be read.
        """
        place = _board_path(target)

        def run(device: Device) -> SyncPlan:
            if source is None:
                config = described(self._calls.registry.configuration, device)
            else:
                config = of_directory(Path(source), place)
            compared = compare(config, device, upload_only=not delete)
            check_free_space(compared.plan, compared.board, device.files)
            if not dry_run:
                problems = carry_out(self._calls.session, device, compared, on_progress)
                check_done(compared.plan, problems, upload_only=not delete)
            return compared.plan

        return self._calls.run(run)

    def snapshot(self, path: str = "") -> FilesSnapshot:
        """Keeps all files of a directory in memory, to `restore` them.

        Args:
            path: the directory; empty for the board's own file system. What is mounted in it does not count.

        Raises:
            OSError: EFBIG where the files have more than 16 MB.
        """
        return self._calls.run(lambda device: take_snapshot(device, path))

    def restore(self, snapshot: FilesSnapshot) -> list[str]:
        """Makes files what they were when a snapshot was taken, and removes what was not there then.

        Returns:
            What was removed, made or written, as the board calls it.
        """
        return self._calls.run(lambda device: restore_snapshot(device, snapshot))

    def _put(self, device: Device, source: str, target: str, on_progress: OnProgress) -> list[str]:
        host, board = HostEndpoint(), BoardEndpoint(device.files)
        directory = "/" if target.endswith("/") else ""
        made = plan_copy(
            [PathOnSide(host, protected(source))],
            PathOnSide(board, protected(normal(target) + directory)),
            recursive=True,
        )
        copy(self._calls.session, made, on_progress)
        return [each.target for each in made.copies]

    def _get(self, device: Device, source: str, target: str, on_progress: OnProgress) -> list[Path]:
        host, board = HostEndpoint(), BoardEndpoint(device.files)
        wanted = PathOnSide(board, protected(normal(source)))
        made = plan_copy([wanted], PathOnSide(host, protected(target)), recursive=True)
        copy(self._calls.session, made, on_progress)
        return [Path(each.target) for each in made.copies]


def _board_path(path: BoardPath) -> str:
    """A path of the board as text, with slashes on Windows as well."""
    if isinstance(path, PurePath):
        return path.as_posix()
    if not isinstance(path, str):
        raise TypeError(f"a path of the board must be a str or a path of pathlib, not {type(path).__name__}")
    return path


def _listdir(device: Device, path: str) -> list[str]:
    tree = device.files.listing(path)
    return sorted(name_of(each) for each in {*tree.files, *tree.directories} - {normal(path)})


def _remove(device: Device, path: str, *, recursive: bool) -> None:
    found = device.files.stat(path) if normal(path) != "/" else None
    if recursive or normal(path) == "/":
        device.files.remove_tree(path)
    elif found is None:
        raise board_error(ENOENT, normal(path))
    elif found.size < 0:
        device.files.remove_directories([path])
    else:
        device.files.remove(path)
