"""Makes files of the cells that are to be deployed. Pure.

Cells with the tag ``deploy`` become ``main.py``, those with a ``%%deploy FILE`` head that file; several cells
of one file stand below one another, in the order of the notebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.notebook import NotebookCell
from iot_kernel.syntax.cell import BoardCode, CellMagic, HostCode, Part, Target, normal, parse_cell
from iot_kernel.text import parsing, printable

#: The tag, and the name of the cell magic.
DEPLOY = "deploy"

#: The file that the board starts.
MAIN = "main.py"

_HOW_TO = (
    "tag cells 'deploy' (JupyterLab: Property Inspector, the two gears on the right, 'Cell Tags'), or begin "
    "them with '%%deploy main.py'"
)


@dataclass(frozen=True, slots=True)
class DeployedCell:
    """A cell in a file.

    Args:
        path: of the file.
        first: its first line in the file, from 1.
        length: lines.
        cell: the cell.
        line: of the cell, which is that first line.
    """

    path: str
    first: int
    length: int
    cell: NotebookCell
    line: int


@dataclass(frozen=True, slots=True)
class DeployProgram:
    """What a notebook's cells become.

    Args:
        sources: text by path, relative to where the program is on the board; `MAIN` is one of them.
        pieces: which cells they are made of.
    """

    sources: dict[str, str] = field(default_factory=dict)
    pieces: list[DeployedCell] = field(default_factory=list)

    def place(self, path: str, line: int) -> str:
        """Names the cell and its line that a line of a file came from; empty where it is none's."""
        for piece in self.pieces:
            if piece.path == path and piece.first <= line < piece.first + piece.length:
                return f"{piece.cell.title}, line {piece.line + line - piece.first}"
        return ""

    def add(self, path: str, code: str, cell: NotebookCell, line: int) -> None:
        """Puts a cell's code below what a file has already."""
        before = self.sources.get(path, "")
        first = before.count("\n") + 1
        body = code.rstrip() + "\n"
        self.sources[path] = f"{before}{body}\n"
        self.pieces.append(DeployedCell(path, first, body.count("\n"), cell, line))


def make_program(cells: Sequence[NotebookCell], name: str) -> DeployProgram:
    """Makes the files of a notebook.

    Args:
        cells: all of its cells with code.
        name: of the notebook, for errors.

    Raises:
        DeployError: nothing is to be deployed, or something cannot be; it lists all of that.
    """
    program, problems = DeployProgram(), []
    for cell in cells:
        problems += list(_add(program, cell))
    if not problems and not program.sources:
        problems = [f"{name} has nothing to deploy: {_HOW_TO}; then save the notebook"]
    elif not problems and MAIN not in program.sources:
        names = ", ".join(program.sources)
        problems = [f"{name} has no {MAIN}, which is what the board starts, only {names}: {_HOW_TO}"]
    problems += [f"{path} cannot be a file and a directory" for path in _contradictions(program)]
    if problems:
        raise DeployError(problems)
    return program


def path_problem(path: str) -> str:
    """What is wrong with the name of a file; empty where nothing is."""
    *directories, name = path.split("/")
    module = name.removesuffix(".py")
    if path == "boot.py":
        return "the firmware starts boot.py before any program: '%cp boot.py :' copies one"
    if not name.endswith(".py") or not all(part.isidentifier() for part in (*directories, module)):
        return "expected the path of a module, such as main.py or lib/motor.py"
    return ""


def _add(program: DeployProgram, cell: NotebookCell) -> Iterator[str]:
    """Adds a cell if it is to be deployed; yields what is wrong with it."""
    parts = parse_cell(cell.source, default=Target.BOARD, ours=())
    match parts:
        case [CellMagic(name="deploy", body=body, line=line) as head]:
            path = _path_of(head)
            if problem := path_problem(path):
                yield f"{cell.title}, line {line - 1}: {problem}"
                return
            parts = parse_cell(body, default=Target.BOARD, ours=())
            code, offset = normal(body), line - 1
        case _ if DEPLOY in cell.tags:
            path, code, offset = MAIN, normal(cell.source), 0
        case _:
            return
    problems = [f"{cell.title}, {problem}" for problem in _magics(parts, offset)]
    if not problems and (problem := _mistake(code, offset)):
        problems = [f"{cell.title}, {problem}"]
    yield from problems
    if not problems and code.strip():
        program.add(path, code, cell, offset + 1)


def _path_of(head: CellMagic) -> str:
    """The file of a head; its options say nothing about it."""
    return " ".join(word for word in head.arguments.split() if not word.startswith("-"))


def _magics(parts: Sequence[Part], offset: int) -> Iterator[str]:
    """What of a cell runs in notebooks only."""
    for part in parts:
        if isinstance(part, BoardCode | HostCode):
            continue
        is_cell = isinstance(part, CellMagic)
        what = (
            f"%%{part.name}" if is_cell else f"{'' if part.name == '!' else '%'}{part.name} {part.arguments}"
        )
        line = part.line - 1 if is_cell else part.line
        yield (
            f"line {line + offset}: '{printable(what.strip())}' is a magic, which no board can run: put it "
            "into a cell that is not deployed"
        )


def _mistake(code: str, offset: int) -> str:
    """Says where Python's compiler stops; empty where it does not."""
    try:
        with parsing():
            compile(code, "<cell>", "exec", dont_inherit=True)
    except SyntaxError as error:
        if error.msg.startswith("'await' outside"):
            problem = (
                "'await' outside of a function works in notebooks only; asyncio.run(…) starts a coroutine"
            )
        else:
            problem = printable(error.msg)
        return f"line {(error.lineno or 1) + offset}: SyntaxError: {problem}"
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        return f"line {1 + offset}: {type(error).__name__}: {printable(str(error))}"
    return ""


def _contradictions(program: DeployProgram) -> list[str]:
    """Directories of which there is a module, too: which one is imported depends on the firmware."""
    directories = {path.rpartition("/")[0] for path in program.sources if "/" in path}
    return sorted(f"{each}.py" for each in directories if f"{each}.py" in program.sources)
