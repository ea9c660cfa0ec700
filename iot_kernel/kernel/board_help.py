"""What a notebook is offered while code for a board is typed: names, and help about them.

Two are asked at the same time: the board, or what it told before where it is busy, and what text alone tells
(earlier cells and stubs). Where they disagree the board is right: it has a name or not.
"""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from iot_kernel.analysis.process import Analysis
from iot_kernel.analysis.static_names import LONGEST_BEFORE, StaticName
from iot_kernel.boards.live_names import LiveNames, NamedBoard, ToldVariables
from iot_kernel.device.children import Path as Steps
from iot_kernel.device.lookup import Found, NameDescription, Place
from iot_kernel.kernel.completion import Completions
from iot_kernel.kernel.name_places import (
    called_for,
    chain_of,
    is_module,
    is_ucore,
    place_of,
    place_of_chain,
    place_of_word,
)
from iot_kernel.snippets import PLAIN
from iot_kernel.syntax.bindings import Bindings, bindings
from iot_kernel.syntax.cursor import Typed, TypedKind, typed_at, word_at
from iot_kernel.ucore import INTERNAL, is_mentioned

#: s that a notebook waits for a board; at 115200 baud an answer takes a fifth of that
LIVE_PATIENCE = 1.0

#: s that a variables panel waits for a board; longer than one question, behind another one, may take
PANEL_PATIENCE = 6.0

#: s that it waits for jedi where the board has answered and jedi may add names; it starts in half of that
TEXT_PATIENCE = 1.0

#: s that it waits for jedi where the board tells nothing
LONG_PATIENCE = 5.0

#: s that it waits for jedi where that only tells of what kind the names are; the board mostly takes as long
KIND_PATIENCE = 0.01

#: Names in the module `micropython` that the board's compiler alone knows: no board tells them.
_OF_COMPILER = frozenset({"asm_rv32", "asm_thumb", "asm_xtensa", "bytecode", "native", "viper"})

#: What modules of the firmware consist of, as a board calls it; of a cell's own functions its text tells.
_OF_FIRMWARE = frozenset({"module", "type", "function", "bound_method"})

STUBS_HINT = "%stubs adds signatures and documentation of this board's modules."

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the notebook's board now.

    Attributes:
        board: the current one; None where there is none.
        stubs: where the stubs of its modules are; None where there are none.
    """

    board: NamedBoard | None = None
    stubs: Path | None = None


class BoardHelp:
    """Helps with the code of one notebook. All on the event loop; the constructor touches nothing."""

    def __init__(self, live: LiveNames) -> None:
        self._live = live
        self._analysis = Analysis()
        self._cells: dict[str, None] = {}  # that ran on a board, each once; the latest is the last

    def note_code(self, code: str) -> None:
        """Code went to the board: what it defines may be meant later."""
        code = f"{code.rstrip()}\n"
        self._cells.pop(code, None)
        self._cells[code] = None
        while len(self._cells) > 1 and sum(map(len, self._cells)) > LONGEST_BEFORE:
            del self._cells[next(iter(self._cells))]

    def _past(self, code: str) -> str:
        """The text of earlier cells; code that mentions ``ucore`` has it without an import, too."""
        return "".join(["import ucore\n" if is_mentioned(code) else "", *self._cells])

    async def close(self) -> None:
        """Ends the process that analyses text."""
        await self._analysis.close()

    async def complete(self, code: str, cursor: int, around: Around) -> Completions:
        """Tells what may be meant at a cursor.

        Args:
            code: Python text.
            cursor: an offset in it, in characters.
            around: the notebook's board.
        """
        typed = typed_at(code, cursor)
        if typed is None:
            return Completions(cursor)
        text = asyncio.ensure_future(self._analysis.complete(around.stubs, self._past(code), code, cursor))
        bound = _bound(around, code, cursor)
        place = place_of(typed, bound)
        of_ucore = is_ucore(place)
        live = made = await self._names_of_made(around, typed, bound)
        if live is None:
            live = await self._names(around, typed, place)
        adds = typed.kind is TypedKind.NAME or typed.chain == ("micropython",) or made is not None or of_ucore
        patience = LONG_PATIENCE if live is None else TEXT_PATIENCE if adds else KIND_PATIENCE
        told = await _within(patience, text, {})
        if typed.kind is TypedKind.MODULE:  # jedi would tell this computer's
            modules = [] if live else await self._analysis.modules(around.stubs, ".".join(typed.chain or ()))
            told = {name: StaticName(name, "module") for name in modules}
        if around.board is not None and is_module(place):  # which it has not, or cannot tell of
            told = {name: found for name, found in told.items() if not found.is_pythons}
        kinds = {name: found.kind for name, found in told.items()}
        names = _known(typed, live, told, is_made=made is not None, of_ucore=of_ucore)
        return Completions(typed.start, _fitting(typed, names), kinds)

    async def inspect(self, code: str, cursor: int, around: Around, *, source: bool = False) -> str | None:
        """Tells about the name at a cursor, or the function whose arguments are typed."""
        word = word_at(code, cursor)
        chain = None if word is None else chain_of(word)
        if word is None or chain is None:
            return None
        text = asyncio.ensure_future(self._text_about(".".join(chain), code, cursor, around.stubs))
        bound = _bound(around, code, cursor)
        live = None
        if len(chain) > 1 and (called := await self._called_class(around, chain, bound)):
            live = await self._description(around, place_of_chain((*called, *chain[1:]), bound))
        if live is None:
            live = await self._description(around, place_of_word(word, chain, bound))
        page = _page(live, await _within(LONG_PATIENCE, text, None), lacks_stubs=around.stubs is None)
        if source and (defined := await self._analysis.source(around.stubs, self._past(code), code, cursor)):
            page = f"{page}\n\n{defined}" if page else defined
        return page

    async def children(self, around: Around, path: Steps, start: int, longest: int) -> ToldVariables:
        """Tells what a thing on the board consists of; see `LiveNames.children`."""
        told = await self._asked(
            around, lambda board: self._live.children(board, path, start, longest), patience=PANEL_PATIENCE
        )
        return ToldVariables(why="no answer" if around.board is not None else "") if told is None else told

    async def _text_about(self, name: str, code: str, cursor: int, stubs: Path | None) -> str | None:
        past = self._past(code)
        told = await self._analysis.help(stubs, past, code, cursor)
        if told is None:  # the cursor stands among the arguments
            told = await self._analysis.help(stubs, f"{past}{code[:cursor]}\n", name, len(name))
        return told

    async def _names(self, around: Around, typed: Typed, place: Place | None) -> Found | None:
        """What the board tells of a place; what it has told before if it is busy."""
        if typed.kind is TypedKind.MODULE:
            is_top = not typed.chain
            return await self._asked(
                around,
                lambda board: _modules(self._live.modules(board) if is_top else ()),
                lambda board: _modules(self._live.remembered_modules(board) if is_top else ()),
            )
        if place is None:
            return None
        names = partial(self._live.names, keys=typed.kind is TypedKind.KEY, meanwhile=typed.chain or ())
        return await self._asked(
            around,
            lambda board: names(board, place, typed.prefix),
            lambda board: names(board, place, typed.prefix, may_ask=False),
        )

    async def _names_of_made(self, around: Around, typed: Typed, bound: Bindings | None) -> Found | None:
        """What an object has that the cell makes by calling a class: what its class has."""
        if typed.kind is not TypedKind.ATTRIBUTE or not typed.chain:
            return None
        called = await self._called_class(around, typed.chain, bound)
        if not called:
            return None
        return await self._names(around, typed, place_of_chain((*called, *typed.chain[1:]), bound))

    async def _called_class(
        self, around: Around, chain: Sequence[str], bound: Bindings | None
    ) -> tuple[str, ...]:
        """The names that lead to the class that the cell calls for the first name of a chain."""
        called = called_for(chain, bound)
        about = await self._description(around, place_of_chain(called, bound)) if called else None
        return called if about is not None and about.kind == "type" else ()

    async def _description(self, around: Around, place: Place) -> NameDescription | None:
        return await self._asked(around, lambda board: self._live.describe(board, place))

    async def _asked(
        self,
        around: Around,
        ask: Callable[[NamedBoard], T | None],
        otherwise: Callable[[NamedBoard], T | None] = lambda _: None,
        patience: float = LIVE_PATIENCE,
    ) -> T | None:
        """Asks the board on another thread: it may take its time, and the event loop has none.

        Args:
            around: the notebook's board.
            ask: asks.
            otherwise: what is told where it takes too long.
            patience: s that it may take.
        """
        board = around.board
        if board is None:
            return None
        asking = asyncio.ensure_future(asyncio.to_thread(ask, board))
        done, _ = await asyncio.wait([asking], timeout=patience)
        return asking.result() if done else otherwise(board)


def _bound(around: Around, code: str, cursor: int) -> Bindings | None:
    """What the cell binds names to; None where the board would not look there."""
    if around.board is not None and around.board.platform in PLAIN:
        return None
    return bindings(code, cursor)


def _modules(names: tuple[str, ...]) -> Found | None:
    return Found(names, is_whole=True) if names else None


async def _within(patience: float, asking: asyncio.Future[T], otherwise: T) -> T:
    """Waits for an answer, for so many seconds; it may still come later, for the next time."""
    done, _ = await asyncio.wait([asking], timeout=patience)
    return asking.result() if done else otherwise


def _known(
    typed: Typed, live: Found | None, told: Mapping[str, StaticName], *, is_made: bool, of_ucore: bool
) -> Iterable[str]:
    """Merges what the board and the text tell; the board knows best what it has.

    Args:
        typed: what is being typed.
        live: what the board tells.
        told: what the text tells.
        is_made: the board has told what a class has; of its objects the cells may tell more.
        of_ucore: it is something of the module that boards get from here.
    """
    if of_ucore:
        return [name for name in (*(live.names if live else ()), *told) if name not in INTERNAL]
    if typed.kind is TypedKind.MODULE and not typed.chain:
        return (*(told if live is None else live.names), "ucore")
    if typed.kind is TypedKind.NAME:
        may_add = live is None or not live.is_whole
        extra = [
            name
            for name, found in told.items()
            if not found.is_builtin or (may_add and hasattr(builtins, name))
        ]
        return (*(() if live is None else live.names), *extra)
    if live is None:
        return told
    if typed.chain == ("micropython",):
        return (*live.names, *(name for name in told if name in _OF_COMPILER))
    return (*live.names, *(name for name, found in told.items() if is_made and found.is_of_cells))


def _fitting(typed: Typed, names: Iterable[str]) -> list[str]:
    """The names that may be meant, in the order in which they are offered."""
    fitting = [name for name in dict.fromkeys(names) if name.startswith(typed.prefix)]
    if typed.kind is TypedKind.KEY:
        return [name for name in fitting if typed.quote[-1:] not in name and "\\" not in name]
    wanted = [name for name in fitting if typed.prefix.startswith("_") or not name.startswith("_")]
    return sorted(wanted, key=lambda name: (not name.endswith("="), name.lower(), name))


def _page(live: NameDescription | None, told: str | None, *, lacks_stubs: bool) -> str | None:
    """One text of both; of what the firmware brings there is more to say where stubs are installed."""
    rows = {}
    if live is not None:
        rows = {"Type": live.kind, "Size": live.size, "Value": live.value}
    about = "\n".join(f"{key + ':':8}{value}" for key, value in rows.items() if value is not None)
    if lacks_stubs and told is None and live is not None and live.kind in _OF_FIRMWARE:
        return f"{about}\n\n{STUBS_HINT}"
    return "\n\n".join(part for part in (told, about) if part) or None
