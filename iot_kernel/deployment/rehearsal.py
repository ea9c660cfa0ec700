"""Tries a program, for a limited time, on a virtual board that has the files that the board will have."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from iot_kernel.deployment.imports import attributes_of, imports_of
from iot_kernel.deployment.layout import FIRST, ON, TRY, Layout, below, read_layout, stub
from iot_kernel.deployment.program import MAIN
from iot_kernel.deployment.watch import ProgramState, Watched, watch
from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectError
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.files.tree import Tree
from iot_kernel.text import byte_count

#: bytes of the board's own files that are fetched: at 115200 baud they take half a minute
MOST_BYTES = 256 * 1024

#: What an import of a module raises that was compiled for other firmware, or another processor.
_OTHER_FORMAT = "incompatible .mpy file"

_NAMED = re.compile(r"'(\w+)'|named (\w+)|name (\w+)")


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How a rehearsal ended.

    Args:
        watched: what the virtual board did.
        lacking: what the program uses and a virtual board has not: ``esp32``, ``machine.I2C``.
        left_out: files of the board that the virtual one did not have, in words; empty where it had all.
    """

    watched: Watched
    lacking: tuple[str, ...] = ()
    left_out: str = ""

    @property
    def is_stopped_by_lack(self) -> bool:
        """Whether the program failed at something that only the virtual board has not."""
        if self.watched.state is not ProgramState.FAILED:
            return False
        last = self.watched.output.strip().rpartition("\n")[2]
        if last.endswith(_OTHER_FORMAT):
            return True
        names = {name for lack in self.lacking for name in lack.split(".")}
        is_lack = last.startswith(("ImportError", "AttributeError", "ModuleNotFoundError"))
        return is_lack and any(word in names for found in _NAMED.findall(last) for word in found if word)


def board_files(files: RemoteFiles, tree: Tree, layout: Layout) -> tuple[dict[str, bytes], str]:
    """Reads the files of a board that a program may need; small ones first.

    Returns:
        Their contents by path on a board whose home is the root, and what was left out, in words.
    """
    home = layout.home.rstrip("/")
    wanted = [
        path
        for path in sorted(tree.files, key=lambda path: tree.files[path].size)
        if path.startswith(f"{home}/") and not path.startswith(f"{layout.directory}/") and path != layout.main
    ]
    kept, size = [], 0
    for path in wanted:
        size += tree.files[path].size
        if size > MOST_BYTES:
            break
        kept.append(path)
    rest = wanted[len(kept) :]
    left = byte_count(sum(tree.files[path].size for path in rest))
    words = ("file", "was") if len(rest) == 1 else ("files", "were")
    said = f"{len(rest)} larger {words[0]} of the board ({left}) {words[1]} not there" if rest else ""
    return dict(zip((path[len(home) :] for path in kept), files.read_files(kept), strict=True)), said


def rehearse(
    contents: Mapping[str, bytes],
    there: Mapping[str, bytes],
    firmware: Collection[str],
    seconds: float,
    on_output: Callable[[str], None] = lambda _: None,
) -> Rehearsed:
    """Starts a program on a virtual board.

    Args:
        contents: of the program's files, sources only.
        there: other files of the board, by path.
        firmware: modules of the board's firmware.
        seconds: how long it is watched; one that goes on longer counts as up.
        on_output: takes what it prints, as it comes.

    Raises:
        ConnectError: there is no virtual board, or it cannot be stopped.
    """
    with TemporaryDirectory(prefix="iot-rehearsal-") as name:
        root = Path(name)
        device = Device(f"sim://rehearsal?{urlencode({'dir': name})}")
        try:
            device.open()
            lacking = _lacking(device, {**there, **contents}, firmware)
            _fill(root, contents, there)
            watched = watch(device, FIRST + 1, seconds, on_output)
        finally:
            device.close()
    return Rehearsed(watched, lacking)


def missing_board(error: ConnectError) -> str:
    """What to say where there is no virtual board."""
    text = str(error).removeprefix(f"{error.url}: ")
    return f"no rehearsal: {text}; '%deploy --no-rehearsal' deploys without one"


def _fill(root: Path, contents: Mapping[str, bytes], there: Mapping[str, bytes]) -> None:
    empty = Tree({}, frozenset(), frozenset(), frozenset(), "", None, is_flat=False, now=None)
    layout = read_layout(empty, "/", has_stub=True)
    files = {below("/", path): data for path, data in there.items()}
    files |= {layout.path(FIRST + 1, path): data for path, data in contents.items()}
    files |= {layout.path(FIRST + 1, TRY): b"", layout.path(FIRST, ON): b"", below("/", MAIN): stub("/")}
    for path, data in files.items():
        file = root.joinpath(*(part for part in path.split("/") if part))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def _lacking(device: Device, contents: Mapping[str, bytes], firmware: Collection[str]) -> tuple[str, ...]:
    """What of the firmware files use and the virtual board has not."""
    sources = [data for path, data in contents.items() if path.endswith(".py")]
    modules = sorted({each.top for source in sources for each in imports_of(source)} & set(firmware))
    lacking = [name for name in modules if not _has_module(device, name)]
    names = {pair for source in sources for pair in attributes_of(source, set(modules) - set(lacking))}
    lacking += [f"{module}.{name}" for module, name in sorted(names) if not _has(device, module, name)]
    return tuple(lacking)


def _has_module(device: Device, name: str) -> bool:
    return (
        device.exec(f"try:\n __import__({name!r})\n print(1)\nexcept ImportError:\n print(0)").strip() == "1"
    )


def _has(device: Device, module: str, name: str) -> bool:
    return device.eval(f"hasattr(__import__({module!r}),{name!r})") is True
