"""Finds out what a deployment would do: reads the notebook, looks for imports, compares. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from iot_kernel.config import DeviceConfig
from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.imports import Resolution, resolve
from iot_kernel.deployment.layout import FIRST, below
from iot_kernel.deployment.notebook import NotebookCell, read_cells
from iot_kernel.deployment.plan import DeployPlan, make_plan
from iot_kernel.deployment.program import MAIN, DeployProgram, make_program
from iot_kernel.deployment.project import Project
from iot_kernel.deployment.switch import BoardState, Switch, check_board, look
from iot_kernel.device import lookup
from iot_kernel.device.board_connection import EVAL_TIMEOUT
from iot_kernel.device.device import Device
from iot_kernel.files.tree import Tree
from iot_kernel.packages.importing import Imports, ask_imports
from iot_kernel.packages.index_names import LIBRARY, package_of
from iot_kernel.sync.compare import compiled
from iot_kernel.sync.tree import HostFile, HostTree
from iot_kernel.text import printable

#: bytes of a notebook: with pictures in its outputs it may have some MB
LONGEST_NOTEBOOK = 1 << 27

_LOOKED_FOR = (
    "modules were looked for in the firmware, among the board's files, beside the notebook, and among the "
    "resources of the board's device file"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a deployment would do.

    Args:
        notebook: the file.
        program: what the cells become.
        plan: what changes on the board.
        state: what is on the board.
        sources: of all files, not compiled.
        origins: where files that are no cells are on this computer, by path in the program.
        firmware: modules of the board's firmware.
        before: the notebook from which the program on the board came; empty where nobody knows.
        notes: what else to tell.
    """

    notebook: Path
    program: DeployProgram
    plan: DeployPlan
    state: BoardState
    sources: Mapping[str, bytes]
    origins: Mapping[str, Path]
    firmware: Collection[str]
    before: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def is_deployed(self) -> bool:
        """Whether the board starts this program already."""
        current = self.state.layout.current
        return self.plan.is_empty and current is not None and current.number != FIRST


def load_cells(notebook: Path) -> list[NotebookCell]:
    """Reads the cells of a notebook with code, as it was saved.

    Raises:
        DeployError: there is no such file, or it is no notebook.
    """
    try:
        if notebook.stat().st_size > LONGEST_NOTEBOOK:
            raise DeployError([f"{notebook} is too large for a notebook"])
        text = notebook.read_text(encoding="utf-8")
    except OSError as error:
        problem = (
            f"{notebook} cannot be read ({error.strerror}): has the notebook been saved, or renamed since?"
        )
        raise DeployError([f"{problem} '%deploy PATH.ipynb' names a notebook"]) from error
    except UnicodeDecodeError:
        raise DeployError([f"{notebook} is no notebook: it is not text in UTF-8"]) from None
    return read_cells(text, notebook.name)


def prepare(
    device: Device, notebook: Path, *, config: DeviceConfig | None = None, mpy: bool = False
) -> Prepared:
    """Makes the plan of a deployment.

    Args:
        device: the board.
        notebook: the file.
        config: the board's entry in a device file.
        mpy: compile modules.

    Raises:
        DeployError: there is nothing to deploy, or it cannot be.
        CompileError: a module cannot be compiled for the board.
        Exception: as `RemoteFiles.tree` does.
    """
    program = make_program(load_cells(notebook), notebook.name)
    check_board(device)
    project = Project(notebook.parent, config, device.platform)
    imports = ask_imports(device)
    firmware = _firmware(device)
    tree = look(device).tree
    found = resolve(
        program.sources,
        firmware=firmware,
        board=_board_modules(tree, imports),
        find=project.find,
        also=project.find_elsewhere,
    )
    notes = _check_missing(found, program, knows_firmware=bool(firmware))
    sources = {path: text.encode() for path, text in program.sources.items()} | found.found
    contents = _compiled(sources, device) if mpy else sources
    state = look(device, {len(data) for data in contents.values()})
    plan = make_plan(contents, state.layout, state.tree)
    current = state.layout.current
    is_ours = current is not None and current.number != FIRST
    before = Switch(device, state).title(current.number) if current is not None and is_ours else ""
    return Prepared(notebook, program, plan, state, sources, project.sources, firmware, before, notes)


def _firmware(device: Device) -> set[str]:
    ask = partial(device.exec, timeout=EVAL_TIMEOUT)
    names = set(lookup.firmware_modules(ask, platform=device.platform))
    return names | {f"u{name}" for name in names}


def _board_modules(tree: Tree, imports: Imports) -> set[str]:
    """Modules among the files of a board, where it looks for them; those of deployments are not."""
    places = {imports.absolute(path) for path in imports.path or () if not path.startswith(".")}
    found = set()
    for place in places:
        start = below(place, "")
        if "/." in start:
            continue
        for path in tree.files:
            name, _, rest = path.removeprefix(start).partition("/")
            if path.startswith(start) and PurePosixPath(path).suffix in {".py", ".mpy"}:
                found.add(name if rest else PurePosixPath(name).stem)
    return found


def _check_missing(found: Resolution, program: DeployProgram, *, knows_firmware: bool) -> list[str]:
    """Refuses a program with modules that are nowhere; or notes them, where the firmware does not tell."""
    if not found.missing:
        return []
    if not knows_firmware:
        names = ", ".join(sorted(found.missing))
        return [f"this firmware does not list its modules, so it may have these or not: {names}"]
    problems = []
    for name, (path, line) in found.missing.items():
        where = program.place(path, line) or f"{path}, line {line}"
        package = package_of(name, LIBRARY) or package_of(name.partition(".")[0], LIBRARY)
        help_ = f"; '%upip install {package}' installs it" if package else ""
        problems.append(f"{where}: there is no module {printable(name)}{help_}")
    raise DeployError([*problems, _LOOKED_FOR])


def _compiled(sources: Mapping[str, bytes], device: Device) -> dict[str, bytes]:
    files = {
        f"/{path}": HostFile(Path(path), data, "--mpy", None, _compile_to(path))
        for path, data in sources.items()
    }
    host = HostTree(files, config="--mpy")
    if not host.has_modules:
        return dict(sources)
    return {path[1:]: file.data for path, file in compiled(host, device).files.items()}


def _compile_to(path: str) -> str:
    return f"/{path.removesuffix('.py')}.mpy" if path.endswith(".py") and path != MAIN else ""
