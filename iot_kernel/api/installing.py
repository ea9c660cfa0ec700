"""Installs packages that are made for MicroPython: finds, fetches and places them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from iot_kernel.device.device import Device
from iot_kernel.errors import UsageError
from iot_kernel.files.paths import normal
from iot_kernel.packages.destinations import BoardDirectory, Destination
from iot_kernel.packages.errors import PackageError, PackageNotFoundError
from iot_kernel.packages.importing import Imports, ask_imports
from iot_kernel.packages.install import Changes, check, check_for_board, find_changes
from iot_kernel.packages.references import IndexPackage, Reference, local_reference, parse_reference
from iot_kernel.packages.resolve import Chosen, IndexQuery, InstallPlan, resolve
from iot_kernel.packages.sources import Local, Web, describing, is_module
from iot_kernel.syntax.words import expanded
from iot_kernel.text import SHOWN_PATH, printable
from iot_kernel.ucore import installed, place

if TYPE_CHECKING:
    from iot_kernel.packages.download import Downloader
    from iot_kernel.packages.fetched_files import FetchedFiles

_CIRCUITPYTHON = (
    "this board runs CircuitPython, and these packages are for MicroPython. CircuitPython's are in its "
    "library bundle (circuitpython.org/libraries): '! circup install NAME' copies one to the CIRCUITPY drive "
    "(once before: '! pip install circup'), '%pip install adafruit-circuitpython-NAME' fetches one for %rsync"
)

#: The module of pipes, which no index has as this kernel needs it.
_UCORE = Local(str(place().parent), place().name)

#: Has an interrupt call a function while a block runs.
Interruptible = Callable[[Callable[[], None]], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class InstallTarget:
    """Where packages go, and for which board.

    Attributes:
        directory: where.
        mpy: for which ``sys.implementation._mpy`` they are; None for sources.
        imports: how the board imports, where the directory is the board's.
        platform: the board's ``sys.platform``, likewise.
    """

    directory: Destination
    mpy: int | None
    imports: Imports | None = None
    platform: str = ""

    def check(self, plan: InstallPlan, path: str, data: bytes) -> None:
        """Makes sure that a file is what it should be."""
        check(plan.files[path], data)
        if self.imports is not None:
            check_for_board(plan.files[path], data, self.imports.mpy)


@dataclass(slots=True)
class InstallWatch:
    """Who watches an installation.

    Attributes:
        chosen: takes each package that will be installed.
        note: takes what else there is to say, one line.
        fetched: takes how many files there are, and which part of them has come.
        interruptible: has an interrupt call a function while a block runs.
    """

    chosen: Callable[[Chosen], None] = lambda chosen: None
    note: Callable[[str], None] = lambda note: None
    fetched: Callable[[int, float], None] = lambda count, part: None
    interruptible: Interruptible = field(default=lambda stop: contextlib.nullcontext())


def references(texts: Sequence[str]) -> list[Reference]:
    """Reads what packages somebody means.

    Raises:
        PackageNotFoundError: one would be a file of this computer, and is not there.
        PackageError: one cannot be a package.
    """
    return [_reference(text) for text in texts]


def need_micropython(wanted: Sequence[Reference]) -> bool:
    """Whether packages are made for MicroPython only."""
    return any(one != _UCORE for one in wanted)


def board_target(
    device: Device, directory: str | None, *, mpy: bool | None = None, name: str, micropython: bool = True
) -> InstallTarget:
    """Makes a directory of the board the target.

    Args:
        device: the board.
        directory: None for the first one called ``lib`` in its ``sys.path``.
        mpy: False for sources.
        name: what the board is called.
        micropython: the packages are for MicroPython only.

    Raises:
        PackageError: the packages are not for this board, or it has no place for them.
        UsageError: the directory has an odd name.
        Exception: as `Device.exec` does.
    """
    imports = imports_of(device, name=name, micropython=micropython)
    path = imports.library if directory is None else _board_directory(directory)
    if path is None:
        looked = printable(", ".join(imports.path or ()), SHOWN_PATH)
        problem = f"the board looks for modules in no directory called lib ({looked}); use -t :DIR"
        raise PackageError("sys.path", problem)
    wanted = None if mpy is False else imports.mpy
    return InstallTarget(BoardDirectory(device.files, path), wanted, imports, device.platform)


def imports_of(device: Device, *, name: str, micropython: bool = True) -> Imports:
    """Asks a board how it imports; see `board_target`."""
    if micropython and device.info is not None and device.info.implementation == "circuitpython":
        raise PackageError(name, _CIRCUITPYTHON)
    return ask_imports(device)


def find_and_fetch(
    wanted: Sequence[Reference],
    index: Web,
    target: InstallTarget,
    watch: InstallWatch,
    files: FetchedFiles | None = None,
) -> Changes:
    """Fetches packages with all that they depend on, and compares them with what is there; writes nothing.

    Args:
        wanted: the packages.
        index: where those are that are named only.
        target: where they go.
        watch: who watches.
        files: what is fetched for other boards at the same time.

    Raises:
        PackageError: a package cannot be installed.
        KeyboardInterrupt: it was interrupted.
    """
    from iot_kernel.packages.download import Downloader  # Python's HTTP takes 10 ms of a kernel's start

    downloader = Downloader(files)
    with watch.interruptible(downloader.stop):
        plan = resolve(wanted, IndexQuery(index, target.mpy), downloader.read, watch.chosen)
        for note in plan.notes:
            watch.note(note)
        contents = _fetch(plan, downloader, watch)
    if _UCORE in wanted:
        contents[_UCORE.path] = installed(target.platform)
    for path, data in contents.items():
        target.check(plan, path, data)
    return find_changes(contents, target.directory)


def _fetch(plan: InstallPlan, downloader: Downloader, watch: InstallWatch) -> dict[str, bytes]:
    count = len(plan.files)
    data = downloader.read_all(
        [file.source for file in plan.files.values()],
        on_file=lambda fetched: watch.fetched(count, fetched / count),
    )
    return dict(zip(plan.files, data, strict=True))


def _board_directory(target: str) -> str:
    if ".." in PurePosixPath(target).parts:
        raise UsageError(f"-t :{target}: a directory of the board is named without '..'")
    return normal(target)


def _reference(text: str) -> Reference:
    found = parse_reference(text)
    if found == IndexPackage("ucore"):
        return _UCORE
    return _existing(local_reference(str(expanded(text)))) if isinstance(found, Local) else found


def _existing(named: Local) -> Local:
    """A package or module of this computer, found before anything is announced.

    Raises:
        PackageNotFoundError: it is not there.
        PackageError: it is a file of another kind.
    """
    directory = Path(named.directory)
    if directory.name in {"", ".."} and not is_module(named):
        directory = directory.resolve()  # which has a name to show
    found = Local(str(directory), named.path)
    first = found if is_module(found) else describing(found)
    if Path(found.directory).is_file():
        what = "only modules (.py, .mpy) and packages (package.json) can be installed"
        raise PackageError(str(found), what)
    if not Path(str(first)).exists():
        raise PackageNotFoundError(str(first), "there is no such file on this computer")
    return found
