"""%%profile: how long the functions of a cell take on the board."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator

from iot_kernel.device.profiler import FunctionProfile, Profile, Profiler
from iot_kernel.errors import DeviceError, UsageError
from iot_kernel.magics.magic import MagicContext, argument, cell_magic
from iot_kernel.syntax.cell import CellMagic
from iot_kernel.syntax.parsing import parsed
from iot_kernel.text import duration, printable

#: characters of a line of the cell
_LONGEST_LINE = 80

_CELL = "<stdin>"  # the file that code of cells has in tracebacks
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@cell_magic("profile")
@argument("modules", nargs="*", help="modules on the board whose functions are measured as well")
def profile(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Show how long the functions of a cell take on the board

    %%profile sensor
    main()

    It measures functions of this cell and of earlier ones, methods of their classes,
    and those of the modules that are named. Of each: how often it was called, the time
    in it alone, and with all that it calls. Where the firmware has sys.settrace, the
    time of each line follows. A cell that fails or is stopped shows its profile, too.

    Without sys.settrace some time counts for the caller: that of generators, coroutines,
    static methods, class methods, properties, and functions inside of functions. What
    other threads run is not measured. On a micro:bit, methods and modules are not.
    """
    for name in args.modules:
        if not _MODULE.fullmatch(name):
            raise UsageError(f"%%profile: error: no name of a module: {name}")
    with Profiler(ctx.session.device(), args.modules) as profiler:

        def run(code: str, line: int) -> str | None:
            value = None
            for piece in profiler.pieces("\n" * (line - 1) + code):
                value = ctx.run_code(piece.code, sent=piece.sent)
            return value

        def show() -> None:
            source = "\n" * (cell.line - 1) + cell.body
            ctx.out("".join(f"{line}\n" for line in _table(profiler.read(), source)))

        try:
            ctx.run_board(cell.body, cell.line, run, show)
        except DeviceError:
            show()
            raise


def _table(found: Profile, source: str) -> Iterator[str]:
    yield f"{'Calls':>8} {'Own':>9} {'Total':>9}  Function"
    rows = [(row.own, str(row.calls), row.total, _name(row, source)) for row in found.functions]
    if found.own is not None:
        rows.append((found.own, "", found.total, "(the cell)"))
    for own, calls, total, name in sorted(rows, key=lambda row: -row[0]):
        yield f"{calls:>8} {duration(own):>9} {duration(total):>9}  {name}"
    if found.has_lines:
        yield from _line_tables(found, source)
        yield f"Measuring took {duration(found.cost)} more, which is left out as far as it can be told."
    elif found.functions and found.cost:
        more = f"Each call takes {duration(found.cost)} more while it is measured"
        yield f"{more}, mostly in the time of its caller."


def _name(row: FunctionProfile, source: str) -> str:
    if row.name == "<module>" and row.file == _CELL:
        return "(the cell)"
    if row.file in {"", _CELL}:
        return row.name
    return f"{row.name} ({row.file}, line {row.first_line})"


def _line_tables(found: Profile, source: str) -> Iterator[str]:
    """The lines of this cell with their text, and those of other functions by number."""
    known = list(_functions(source))
    here: dict[int, tuple[int, float]] = {}
    elsewhere = []
    for row in found.functions:
        if row.file == _CELL and any(row.name == name and row.first_line in span for name, span in known):
            for number, measured in row.lines.items():  # what encloses others has their time, too
                here[number] = max(here.get(number, measured), measured, key=lambda pair: pair[1])
        elif row.lines:
            elsewhere.append(row)
    yield from _lines("this cell", here, source.split("\n"))
    for row in sorted(elsewhere, key=lambda row: (row.file, row.first_line)):
        place = "an earlier cell" if row.file == _CELL else row.file
        yield from _lines(f"{row.name} in {place}", row.lines, [])


def _lines(title: str, lines: dict[int, tuple[int, float]], source: list[str]) -> Iterator[str]:
    yield ""
    yield f"{'Line':>8} {'Hits':>9} {'Total':>9}  of {title}"
    for number, (hits, taken) in sorted(lines.items()):
        text = printable(source[number - 1].rstrip(), _LONGEST_LINE) if 0 < number <= len(source) else ""
        yield f"{number:>8} {hits:>9} {duration(taken):>9}  {text}".rstrip()


def _functions(source: str) -> Iterator[tuple[str, range]]:
    """The functions in code, as tracebacks call them, with the lines that each has."""
    yield "<module>", range(source.count("\n") + 2)
    if (tree := parsed(source)) is None:
        return
    for node in ast.walk(tree):
        name = getattr(node, "name", _ANONYMOUS.get(type(node)))
        if name is not None and isinstance(node, ast.stmt | ast.expr):
            yield name, range(node.lineno, (node.end_lineno or node.lineno) + 1)


_ANONYMOUS = {
    ast.Lambda: "<lambda>",
    ast.GeneratorExp: "<genexpr>",
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
}
