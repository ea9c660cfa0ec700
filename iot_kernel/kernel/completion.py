"""What is being typed in a cell: a magic and its arguments, code for a board, code for the host. Pure.

Which names there are is the matter of `board_help` and `argument_help`. Host cells are the sub-kernel's;
`kernel` merges.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iot_kernel.syntax.cell import CellMagic, Target, parse_cell
from iot_kernel.syntax.logical_lines import magic_lines
from iot_kernel.syntax.magic_cursor import TypedMagic, magic_at

if TYPE_CHECKING:
    from iot_kernel.magics.magic import Magic, MagicRegistry


class AskHost(enum.Enum):
    """Whether the sub-kernel is to be asked, too."""

    NEVER = "it knows nothing of this"
    IF_IDLE = "it may know more; nobody waits for it"
    ALWAYS = "it knows best"


@dataclass(frozen=True, slots=True)
class Completions:
    """What may be meant.

    Attributes:
        start: the offset of what they replace.
        names: in the order in which they are offered.
        kinds: of some of them, by name: ``function``, ``class``, ``module`` …
    """

    start: int
    names: list[str] = field(default_factory=list)
    kinds: Mapping[str, str] = field(default_factory=dict)


def typed_magic(code: str, cursor: int) -> TypedMagic | None:
    """The magic in whose line the cursor stands; None where it stands in none, or in text that is no cell."""
    typed = magic_at(code, cursor)
    if typed is None or (typed.around is not None and typed.around not in _BOARD_CELLS):
        return None
    return typed


def names_of_magics(typed: TypedMagic, cursor: int, magics: MagicRegistry) -> Completions | None:
    """Completes the name of a magic; None where its name is not being typed.

    Args:
        typed: the magic at the cursor.
        cursor: where it stands.
        magics: all magics.
    """
    if typed.arguments is not None:
        return None
    offered = magics.lines() + (magics.cells() if typed.starts_cell else [])
    names = [magic.title for magic in offered if magic.title.startswith(typed.typed)]
    return Completions(cursor - len(typed.typed), names, dict.fromkeys(names, "magic"))


def magic_of(typed: TypedMagic, target: Target, magics: MagicRegistry) -> Magic | None:
    """The magic of this kernel that a line calls; None where it is IPython's, or there is none.

    Args:
        typed: the magic at the cursor.
        target: where plain code runs.
        magics: all magics.
    """
    if typed.title.startswith("%%") and not typed.starts_cell:
        return None
    magic = magics.find(typed.title)
    is_in_ours = typed.around is not None and magics.has_cell(typed.around, target)
    is_for_ipython = target is Target.HOST and not is_in_ours
    return None if magic is None or (is_for_ipython and not magic.everywhere) else magic


def types_code(typed: TypedMagic) -> bool:
    """Whether the cursor stands in the code that a magic in one line runs on a board."""
    line = f"{typed.title}{typed.arguments or ''}"
    found = _BEFORE_CODE.match(line)
    return found is not None and not line.startswith("-", found.end())


def is_for_host(code: str, target: Target, magics: MagicRegistry) -> bool:
    """Whether the sub-kernel knows best about a cell that is being typed."""
    parts = parse_cell(code, default=target, ours=magics.host_line_names)
    if parts and isinstance(parts[0], CellMagic):
        return parts[0].name == "host" or not magics.has_cell(parts[0].name, target)
    return target is Target.HOST


def needs_subkernel(code: str, cursor: int | None, target: Target, magics: MagicRegistry) -> bool:
    """Whether the sub-kernel may have to be asked about a cell that is being typed.

    Args:
        code: the cell's text.
        cursor: where the cursor stands; None where that does not matter.
        target: where plain code runs.
        magics: all magics.
    """
    typed = None if cursor is None else typed_magic(code, cursor)
    is_ours = typed is not None and magic_of(typed, target, magics) is not None
    return not is_ours and is_for_host(code, target, magics)


#: Where frontends look for the kinds of matches.
_TYPES = "_jupyter_types_experimental"

#: Cell magics whose body runs on boards.
_BOARD_CELLS = frozenset(
    {"ucore", "connect", "setup", "time", "timeit", "capture", "deploy", "mem", "profile"}
)

#: What stands before the code in the line of a magic that runs code on boards.
_BEFORE_CODE = re.compile(r"%time(?:it(?:[^\S\n]+-(?:q|[nrp][^\S\n]*\d+))*)?[^\S\n]+")


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
        runs = parts[0].name in _BOARD_CELLS and magics.has_cell(parts[0].name, target)
        return _blanked(code, 0, code.find("\n")) if runs else None
    if target is not Target.BOARD:
        return None
    for start, end in magic_lines(code):
        found = _BEFORE_CODE.match(code, start, end)
        code = _blanked(code, start, found.end() if found is not None else end)
    return code


def _blanked(text: str, start: int, end: int) -> str:
    end = len(text) if end < 0 else end
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def reply(completions: Completions, cursor: int) -> dict[str, Any]:
    """Makes the content of a complete_reply; kinds are told as JupyterLab and IPython understand them."""
    kinds = [
        {
            "text": name,
            "type": completions.kinds.get(name, ""),
            "start": completions.start,
            "end": cursor,
        }
        for name in completions.names
    ]
    return {
        "status": "ok",
        "matches": completions.names,
        "cursor_start": completions.start,
        "cursor_end": cursor,
        "metadata": {_TYPES: kinds} if completions.kinds else {},
    }


def merged(ours: dict[str, Any], theirs: Mapping[str, Any] | None) -> dict[str, Any]:
    """Adds the sub-kernel's matches to ours, where they replace the same text.

    Args:
        ours: the content of a complete_reply.
        theirs: likewise; None where there is none.
    """
    if theirs is None or theirs.get("cursor_start") != ours["cursor_start"]:
        return ours
    new = [match for match in theirs["matches"] if match not in ours["matches"]]
    types = [one for one in theirs.get("metadata", {}).get(_TYPES, []) if one.get("text") in new]
    kinds = [*ours["metadata"].get(_TYPES, []), *types]
    metadata = {**ours["metadata"], **({_TYPES: kinds} if kinds else {})}
    return {**ours, "matches": ours["matches"] + new, "metadata": metadata}
