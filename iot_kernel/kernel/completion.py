"""Completion and help of magics, and which lines of a cell are code for a board. Pure: values in, values out.

Names of the board are the matter of `board_help`. Host cells are the sub-kernel's; `kernel` merges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iot_kernel.syntax.cell import CellMagic, Target, parse_cell
from iot_kernel.syntax.logical_lines import magic_lines

if TYPE_CHECKING:
    from iot_kernel.magics.magic import Magic, MagicRegistry

_NAME_BEING_TYPED = re.compile(r"^%{1,2}\w*\Z", re.MULTILINE)
_MAGIC_LINE = re.compile(r"(?P<marks>%{1,2})(?P<name>\w+)|!")


def complete_magic(code: str, cursor: int, magics: MagicRegistry) -> tuple[int, list[str]] | None:
    """Completes the name of a magic.

    Args:
        code: the cell's text.
        cursor: where the cursor stands, in characters.
        magics: all magics.

    Returns:
        Where the name starts, and the names that begin like it; None where no magic is being typed.
    """
    typed = _NAME_BEING_TYPED.search(code[:cursor])
    if typed is None:
        return None
    starts_cell = not code[: typed.start()].strip()
    offered = magics.lines() + (magics.cells() if starts_cell else [])
    return typed.start(), [magic.title for magic in offered if magic.title.startswith(typed.group())]


def help_of_magic(code: str, cursor: int, magics: MagicRegistry) -> str | None:
    """Returns the help of the magic in whose line the cursor stands; None where there is none."""
    start = code.rfind("\n", 0, cursor) + 1
    line = _MAGIC_LINE.match(code, start)
    if line is None:
        return None
    known: list[Magic] = magics.cells() if line["marks"] == "%%" else magics.lines()
    return next((magic.help for magic in known if magic.title == line.group()), None)


def is_for_host(code: str, target: Target, magics: MagicRegistry) -> bool:
    """Whether the sub-kernel knows best about a cell that is being typed."""
    parts = parse_cell(code, default=target, ours=magics.host_line_names)
    if parts and isinstance(parts[0], CellMagic):
        return parts[0].name == "host" or not magics.has_cell(parts[0].name)
    return target is Target.HOST


#: Cell magics whose body runs on boards.
_BOARD_CELLS = frozenset({"ucore", "connect"})


def board_code(code: str, target: Target, magics: MagicRegistry) -> str | None:
    """The code for boards in a cell that is being typed, at its place: other lines are blank.

    Args:
        code: the cell's text.
        target: where plain code runs.
        magics: all magics.

    Returns:
        As many characters as the cell has; None where nothing of the cell runs on a board.
    """
    parts = parse_cell(code, default=target, ours=magics.host_line_names)
    if parts and isinstance(parts[0], CellMagic):
        return _blanked(code, 0, code.find("\n")) if parts[0].name in _BOARD_CELLS else None
    if target is not Target.BOARD:
        return None
    for start, end in magic_lines(code):
        code = _blanked(code, start, end)
    return code


def _blanked(text: str, start: int, end: int) -> str:
    end = len(text) if end < 0 else end
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def merge_completions(
    ours: tuple[int, list[str]] | None, theirs: Mapping[str, Any] | None, cursor: int
) -> dict[str, Any]:
    """Makes one complete_reply of our completions and the sub-kernel's; about the start, ours decide."""
    if ours is None:
        nothing = {"matches": [], "cursor_start": cursor, "cursor_end": cursor, "metadata": {}}
        return {"status": "ok", **(theirs or nothing)}
    start, matches = ours
    if theirs is not None and theirs.get("cursor_start") == start:
        matches = matches + [match for match in theirs["matches"] if match not in matches]
    return {"status": "ok", "matches": matches, "cursor_start": start, "cursor_end": cursor, "metadata": {}}
