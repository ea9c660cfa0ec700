"""%lsmagic, %target and %loglevel: the kernel itself."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable, Iterator

from iot_kernel.errors import UsageError
from iot_kernel.magics.colours import banner, code, plain
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import Magic, MagicContext, MagicRegistry, argument, line_magic
from iot_kernel.magics.tables import Box, Cell, Column, Note, Shown, Table, row, show
from iot_kernel.syntax.cell import Target

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

#: The logger above all of this kernel's.
OURS = "iot_kernel"


def listing(magics: MagicRegistry) -> list[Shown]:
    """What ``%lsmagic`` shows."""
    return [
        _section("Line Magic:", "-h shows help (e.g. %discover -h)", magics.lines()),
        Note(),
        _section("Cell Magic:", "-h shows help (e.g. %%connect -h)", magics.cells()),
    ]


def _section(heading: str, hint: str, magics: Iterable[Magic]) -> Table:
    columns = (Column(heading, width=13, is_short=True), Column(hint))
    return Table(columns, [row(Cell(magic.title, code, 2), magic.summary) for magic in magics], plain)


def _helps(magics: MagicRegistry) -> Iterator[Note]:
    for magic in (*magics.lines(), *magics.cells()):
        heading = f"----- {magic.title} "
        yield Note()
        yield Note(f"{heading:-<80}", banner, is_code=True)
        yield Note()
        yield Note(magic.help.removesuffix("\n"), is_code=True)


@line_magic("lsmagic")
@argument("-v", "--verbose", action="store_true", help="show the help of every magic as well")
def lsmagic(ctx: MagicContext, args: argparse.Namespace) -> None:
    """List all magic functions

    Names that are not listed here go to IPython on the host: %matplotlib, %%latex, ...
    """
    helps = [Box(list(_helps(ctx.magics)))] if args.verbose else []
    show(ctx, *listing(ctx.magics), *helps)


@line_magic("target")
@argument(
    "target",
    nargs="?",
    choices=[target.value for target in Target],
    help="where cells without a magic run; shown if left out",
)
def target(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Choose where plain cells run: on the board or on the host

    The choice holds until the kernel ends. It begins with "board" in the IoT Kernel
    and with "host" in µcore; %%ucore and %%host choose for one cell and work in both.
    """
    if args.target is not None:
        ctx.set_default_target(Target(args.target))
    ctx.out(f"plain cells run on the {ctx.default_target.value}\n")


@line_magic("loglevel")
@argument(
    "logger",
    takes=(*_LEVELS, Takes.LOGGER),
    nargs="?",
    help="a logger's name; by default the kernel's own",
)
@argument("level", takes=_LEVELS, nargs="?", help="DEBUG, INFO, WARNING, ERROR or CRITICAL; INFO by default")
def loglevel(ctx: MagicContext, args: argparse.Namespace) -> None:
    """Set logging level.

    Without arguments: list the kernel's loggers and their levels. Messages go to the
    log of the Jupyter server, which is the terminal it was started in.

    %loglevel iot_kernel.wire DEBUG    all bytes to and from boards
    %loglevel DEBUG                    all of the kernel's
    """
    if args.logger is None:
        show(ctx, _table())
        return
    name, level = args.logger, args.level
    if level is None and name.upper() in _LEVELS:
        name, level = OURS, name
        _follow_parent(name)
    elif not name.startswith(OURS) and name not in logging.root.manager.loggerDict:
        raise UsageError(f"%loglevel: error: no such logger or level: {name} (%loglevel lists them)")
    level = (level or "INFO").upper()
    if level not in _LEVELS:
        raise UsageError(f"%loglevel: error: no such level: {level} (choose from {', '.join(_LEVELS)})")
    _set_level(name, level)
    ctx.out(f"Logger {name} level set to {level}\n")


def _set_level(name: str, level: str) -> None:
    logger = logging.getLogger(name)
    logger.setLevel(level)
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger(OURS if name.startswith(OURS) else name).addHandler(handler)
    for root_handler in logging.getLogger().handlers:
        root_handler.setLevel(min(root_handler.level, logger.level))


def _follow_parent(name: str) -> None:
    """Takes back what was set for single loggers below one: it speaks for all of them."""
    for other, logger in logging.root.manager.loggerDict.items():
        if other.startswith(f"{name}.") and isinstance(logger, logging.Logger):
            logger.setLevel(logging.NOTSET)


def _table() -> Table:
    known = logging.getLogger().manager.loggerDict
    names = sorted({OURS, *(name for name in known if name.startswith(f"{OURS}."))})
    rows = [row(name, logging.getLevelName(logging.getLogger(name).getEffectiveLevel())) for name in names]
    return Table((Column("Logger", width=30, gap=1), Column("Level", width=8)), rows, banner)
