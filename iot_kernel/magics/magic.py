"""What a magic is, what it may use (`MagicContext`), and the registry that runs it by name.

A magic is a function of a context and its arguments. Decorators give it its name and its argparse arguments;
its docstring is its help: the first line is the text in ``%lsmagic``, the rest stands at the end of ``-h``. A
magic writes to the context and raises; it never prints, never renders an error and never sees the kernel.

Longer than other modules: a magic, the context and the registry each refer to the others.
"""

from __future__ import annotations

import argparse
import functools
import inspect
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from iot_kernel.errors import DeviceError, UsageError
from iot_kernel.magics.arguments import HelpRequested, MagicParser, Split
from iot_kernel.magics.kinds import Argument, Taken
from iot_kernel.syntax.cell import CellMagic, Target
from iot_kernel.syntax.suggestions import not_defined

if TYPE_CHECKING:
    from iot_kernel.api.parallel import BoardEnd
    from iot_kernel.boards.board_group import BoardGroup, BoardOfGroup
    from iot_kernel.boards.registry import DeviceRegistry
    from iot_kernel.boards.session import Session
    from iot_kernel.boards.setup_cells import SetupCells
    from iot_kernel.debugging.prompt.console import ConsoleDebugger
    from iot_kernel.repl.halves import Halves


T = TypeVar("T")


class Captured(Protocol):
    """What was kept instead of shown; complete when `MagicContext.capture` has ended."""

    @property
    def text(self) -> Mapping[str, str]:
        """What came, by stream: ``stdout`` and ``stderr``."""

    @property
    def outputs(self) -> Sequence[Mapping[str, Any]]:
        """What was displayed, as IPython's ``RichOutput`` takes it."""


class MagicContext(Protocol):
    """Everything a magic can reach. Magics run on a worker thread and may block."""

    @property
    def session(self) -> Session:
        """The boards of this notebook."""

    @property
    def group(self) -> BoardGroup:
        """The boards of this notebook that are connected, the current one and others."""

    @property
    def registry(self) -> DeviceRegistry:
        """The boards this computer knows."""

    @property
    def magics(self) -> MagicRegistry:
        """All magics."""

    @property
    def setup_cells(self) -> SetupCells:
        """The cells that run again by themselves once their board has restarted."""

    @property
    def last_error(self) -> str:
        """The error that a cell of this notebook showed last, as it was shown; empty where there is none."""

    @property
    def cell_id(self) -> str:
        """The frontend's id of the cell; empty where it has none."""

    @property
    def number(self) -> int:
        """The cell's execution count."""

    def check(self) -> None:
        """Raises KeyboardInterrupt where the cell has been interrupted."""

    @property
    def is_watched(self) -> bool:
        """Whether somebody may be watching the cell; programs that run notebooks say that it is not."""

    def out(self, text: str) -> None:
        """Writes to the cell's stdout; the text brings its own newlines."""

    def err(self, text: str) -> None:
        """Writes to the cell's stderr; the text brings its own newlines."""

    def display(
        self, data: Mapping[str, str], *, display_id: str | None = None, update: bool = False
    ) -> None:
        """Shows a mimebundle, or with ``update`` changes the one shown under the same id."""

    @property
    def line(self) -> int:
        """The 1-based line of the cell in which the magic stands, or begins the body of a cell magic."""

    def run_board(
        self,
        source: str,
        line: int = 1,
        run_code: RunCode | None = None,
        before_value: Callable[[], None] = lambda: None,
    ) -> str | None:
        """Runs code, which may hold magics, on the current board, and shows its last value.

        Args:
            source: the code.
            line: where in the cell its first line stands.
            run_code: runs each piece of code between magics instead of `run_code`.
            before_value: called when all has run well, before the value is shown.

        Returns:
            The repr of the value; None where there is none or it is None.
        """

    def board_execution(
        self, source: str, line: int = 1, sent: Callable[[str], str] | None = None
    ) -> Halves[str | None]:
        """Does what `run_board` does; the end of code without magics is waited for in the second half only.

        Args:
            source: the code.
            line: where in the cell its first line stands.
            sent: what the board gets instead of a piece of code; line for line.

        Returns:
            As `run_board`.
        """

    def run_code(
        self,
        code: str,
        line: int = 1,
        sent: str | None = None,
        readable: Callable[[DeviceError], DeviceError] | None = None,
    ) -> str | None:
        """Runs code without magics on the current board.

        Args:
            code: the code.
            line: where in the cell its first line stands.
            sent: what the board gets instead.
            readable: makes errors of what was sent errors of the code, where their lines differ.

        Returns:
            The repr of its last expression, which is not shown; None where there is none or it is None.
        """

    def capture(self, kinds: Collection[str]) -> AbstractContextManager[Captured]:
        """Keeps what is shown while the block runs, errors excepted.

        Args:
            kinds: some of ``stdout``, ``stderr`` and ``display``; a cell's value belongs to the latter.
        """

    def on_boards(
        self, boards: Sequence[BoardOfGroup], do: Callable[[MagicContext], Halves[T]]
    ) -> list[BoardEnd[T]]:
        """Does something on several boards at the same time: all begin, and then each is waited for.

        What is written and displayed meanwhile stands in one block for each board that says something. A stop
        is one KeyboardInterrupt for each board that has not ended; this returns then as it does otherwise.

        Args:
            boards: as `BoardGroup.choose` gives them; they need not be connected.
            do: gets a context like this one, whose session is that of the board. It connects the board first,
                where that is to be done. Whatever it raises is the error of this board alone, and is not
                shown. Host code cannot run there. Its second half may be done by another thread.

        Returns:
            What became of each board, in their order.

        Raises:
            KeyboardInterrupt: the cell was interrupted before.
        """

    @property
    def host_started(self) -> bool:
        """Whether the process of host cells was started; a later start takes over the directory."""

    def run_host(self, source: str) -> None:
        """Runs a cell in the host's IPython; raises when it failed, after its error was shown."""

    def ask_host(self, question: Mapping[str, Any], data: bytes) -> tuple[Mapping[str, Any], bytes]:
        """Asks the process of host cells about its variables; `iot_kernel.values.host_side` knows how."""

    def interruptible(self, stop: Callable[[], None]) -> AbstractContextManager[None]:
        """Has an interrupt call ``stop``, from another thread; leaving then raises KeyboardInterrupt."""

    @property
    def default_target(self) -> Target:
        """Where plain cells run."""

    def set_default_target(self, target: Target) -> None:
        """Sets where plain cells run from now on."""

    @property
    def debugger(self) -> ConsoleDebugger:
        """The debugger's prompt."""


_VARIABLE = re.compile(r"\{\w+\}|\$\w")

#: What `MagicContext.run_code` does: code, and the line of the cell in which it begins.
RunCode = Callable[[str, int], str | None]

LineFunction = Callable[[MagicContext, argparse.Namespace], None]
CellFunction = Callable[[MagicContext, argparse.Namespace, CellMagic], None]
Misused = Callable[[MagicContext, str], None]
_Function = TypeVar("_Function", bound=Callable[..., object])


@dataclass(frozen=True)
class Magic:
    """A magic, as its decorators describe it.

    Attributes:
        name: without per cent signs; ``!`` for the shell line.
        is_cell: whether it takes a whole cell.
        function: what it does.
        summary: one line for ``%lsmagic``.
        epilog: the rest of its help.
        arguments: each as its decorator declares it.
        split: how its arguments are read.
        everywhere: whether host cells call it too; IPython keeps the name there otherwise.
        misused: takes arguments that are wrong, before the error is raised.
    """

    name: str
    is_cell: bool
    function: LineFunction | CellFunction
    summary: str
    epilog: str
    arguments: tuple[Argument, ...]
    split: Split = Split.WORDS
    everywhere: bool = True
    misused: Misused | None = None

    @property
    def title(self) -> str:
        """How it is called: ``%name``, ``%%name`` or ``!``."""
        if self.name == "!":
            return self.name
        return f"%%{self.name}" if self.is_cell else f"%{self.name}"

    @functools.cached_property
    def parser(self) -> MagicParser:
        """What reads its arguments."""
        parser = MagicParser(self.title, self.summary, self.epilog)
        for declared in self.arguments:
            parser.add_argument(*declared.flags, **declared.options)
        return parser

    @property
    def help(self) -> str:
        """The text of ``-h``."""
        return self.parser.format_help()

    def run(self, ctx: MagicContext, arguments: str, cell: CellMagic | None = None) -> None:
        """Runs it, or writes its help where the arguments ask for it.

        Raises:
            UsageError: the arguments are wrong.
        """
        try:
            namespace = self.parser.read(arguments, split=self.split)
        except HelpRequested as help_:
            ctx.out(help_.text)
            return
        except UsageError:
            if self.misused is not None:
                self.misused(ctx, arguments)
            raise
        if cell is None:
            with _explained():
                cast(LineFunction, self.function)(ctx, namespace)
        else:
            cast(CellFunction, self.function)(ctx, namespace, cell)


@contextmanager
def _explained() -> Iterator[None]:
    """Says of a file that is missing under a name such as {fn} that IPython would have filled it in."""
    try:
        yield
    except FileNotFoundError as error:
        if not _VARIABLE.search(str(error.filename)):
            raise
        text = f"{error.strerror}; variables in the arguments of a magic are not filled in"
        raise FileNotFoundError(error.errno, text, error.filename) from None


def argument(
    *flags: str,
    takes: Taken | tuple[Taken, ...] = (),
    **options: Any,  # noqa: ANN401  argparse's own
) -> Callable[[_Function], _Function]:
    """Gives a magic an argument, as argparse's ``add_argument`` does; ``takes`` is for completion."""
    words = takes if isinstance(takes, tuple) else (takes,)
    declared = Argument(flags, options, words or tuple(options.get("choices", ())))

    def attach(function: _Function) -> _Function:
        described = getattr(function, "magic_arguments", ())
        function.magic_arguments = (declared, *described)  # type: ignore[attr-defined]
        return function

    return attach


def _describe(
    name: str,
    function: Callable[..., None],
    *,
    is_cell: bool,
    summary: str | None,
    **more: Any,  # noqa: ANN401  attributes of `Magic`
) -> Magic:
    first, _, rest = (inspect.getdoc(function) or "").partition("\n")
    arguments = getattr(function, "magic_arguments", ())
    return Magic(name, is_cell, function, summary or first, rest.strip(), arguments, **more)


def line_magic(
    name: str,
    *,
    summary: str | None = None,
    split: Split = Split.WORDS,
    everywhere: bool = True,
    misused: Misused | None = None,
) -> Callable[[LineFunction], Magic]:
    """Makes a function a line magic.

    Args:
        name: without the ``%``.
        summary: the text in ``%lsmagic`` where the docstring's first line cannot be it.
        split: see `Magic`.
        everywhere: see `Magic`.
        misused: see `Magic`.
    """

    def describe(function: LineFunction) -> Magic:
        return _describe(
            name,
            function,
            is_cell=False,
            summary=summary,
            split=split,
            everywhere=everywhere,
            misused=misused,
        )

    return describe


def cell_magic(
    name: str, *, split: Split = Split.WORDS, everywhere: bool = True
) -> Callable[[CellFunction], Magic]:
    """Makes a function a cell magic.

    Args:
        name: without the ``%%``.
        split: see `Magic`.
        everywhere: see `Magic`.
    """

    def describe(function: CellFunction) -> Magic:
        return _describe(name, function, is_cell=True, summary=None, split=split, everywhere=everywhere)

    return describe


class MagicRegistry:
    """All magics, by name.

    Raises:
        ValueError: two line magics or two cell magics share a name.
    """

    def __init__(self, magics: Iterable[Magic]) -> None:
        self._lines: dict[str, Magic] = {}
        self._cells: dict[str, Magic] = {}
        for magic in magics:
            table = self._cells if magic.is_cell else self._lines
            if table.setdefault(magic.name, magic) is not magic:
                raise ValueError(f"two magics are called {magic.title}")

    def lines(self) -> list[Magic]:
        """The line magics in alphabetical order, the shell line last."""
        return sorted(self._lines.values(), key=lambda magic: (magic.name == "!", magic.name))

    def cells(self) -> list[Magic]:
        """The cell magics in alphabetical order."""
        return sorted(self._cells.values(), key=lambda magic: magic.name)

    def has_line(self, name: str) -> bool:
        """Whether `run_line` answers for a name: a magic's, also with a ``?``, or none at all."""
        return not name.rstrip("?") or name.startswith("%") or name.rstrip("?") in self._lines

    def has_cell(self, name: str, target: Target = Target.BOARD) -> bool:
        """Whether `run_cell` answers for a name: a magic's, also with a ``?``.

        Args:
            name: without the ``%%``.
            target: where plain cells run; on the host, IPython keeps some names.
        """
        magic = self._cells.get(name.rstrip("?"))
        return magic is not None and (magic.everywhere or target is Target.BOARD)

    def find(self, title: str) -> Magic | None:
        """The magic that is called ``%name``, ``%%name`` or ``!``; None where there is none."""
        table = self._cells if title.startswith("%%") else self._lines
        return table.get(title.lstrip("%"))

    @property
    def titles(self) -> list[str]:
        """How all magics are called: ``%name``, ``%%name``, ``!``."""
        return [magic.title for magic in (*self._lines.values(), *self._cells.values())]

    @functools.cached_property
    def host_line_names(self) -> frozenset[str]:
        """The line magics that a host cell does not leave to IPython, as `parse_cell` wants to know them."""
        names = {magic.name for magic in self._lines.values() if magic.everywhere}
        return frozenset(name + marks for name in names for marks in ("", "?", "??"))

    def run_line(self, ctx: MagicContext, name: str, arguments: str) -> None:
        """Runs a line magic; a name with a ``?`` writes its help.

        Raises:
            UsageError: there is no such magic, or the arguments are wrong.
        """
        magic = self._lines.get(name.rstrip("?"))
        if magic is None:
            raise UsageError(self._no_such_line(name))
        magic.run(ctx, "-h" if name.endswith("?") else arguments)

    def run_cell(self, ctx: MagicContext, cell: CellMagic) -> None:
        """Runs a cell magic; a name with a ``?`` writes its help.

        Raises:
            UsageError: there is no such magic, or the arguments are wrong.
        """
        magic = self._cells.get(cell.name.rstrip("?"))
        if magic is None:
            raise UsageError(not_defined(f"%%{cell.name}", self.titles))
        magic.run(ctx, "-h" if cell.name.endswith("?") else cell.arguments, cell)

    def _no_such_line(self, name: str) -> str:
        if name.startswith("%"):
            return f"%{name} is a cell magic: it has to stand in the first line of its cell"
        if not name.rstrip("?"):
            return "a magic needs a name; '%lsmagic' lists all"
        return not_defined(f"%{name}", self.titles)
