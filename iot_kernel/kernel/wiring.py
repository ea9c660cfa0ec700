"""The boards, the registry, the magics and the pipes of one kernel, put together.

Nothing that a kernel needs before its first cell imports this module: it brings most of the package with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from iot_kernel.api.parallel import BoardThreads
from iot_kernel.boards.board_group import BoardGroup
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.session import Session
from iot_kernel.boards.setup_cells import SetupCells
from iot_kernel.config import Configuration
from iot_kernel.displays.message import BoardDisplay
from iot_kernel.kernel.debugger.last_failure import LastFailure
from iot_kernel.kernel.last_error import LastError
from iot_kernel.kernel.named_lines import NamedLines
from iot_kernel.kernel.ran_cells import RanCells, RanCode
from iot_kernel.magics import build_registry
from iot_kernel.magics.magic import MagicRegistry
from iot_kernel.pipes.service import BoardPipes, PipeService
from jupyter_iot_kernel.name_clash import neighbours

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What cells are executed with.

    Attributes:
        last_failure: the cell that failed last on a board.
        last_error: what any cell showed last.
        ran: the code that ran on boards.
        package_names: names of packages, by the address of their index, as far as they were fetched.
        threads: on which things are done on several boards at the same time.
        clashes: other programs with files of the same names, as far as no cell has told of them yet.
    """

    session: Session
    registry: DeviceRegistry
    magics: MagicRegistry
    pipes: PipeService
    group: BoardGroup
    setup_cells: SetupCells = field(default_factory=SetupCells)
    last_failure: LastFailure = field(default_factory=LastFailure)
    last_error: LastError = field(default_factory=LastError)
    ran: RanCells = field(default_factory=RanCells)
    package_names: dict[str, Sequence[str]] = field(default_factory=dict)
    threads: BoardThreads = field(default_factory=BoardThreads)
    clashes: list[str] = field(default_factory=neighbours)

    def take_problems(self) -> list[str]:
        """What is wrong with the installation or the pipes, and was not told before."""
        clashes = [self.clashes.pop() for _ in self.clashes[:]]
        return [*clashes, *self.pipes.take_problems()]

    def past(self) -> Sequence[RanCode]:
        """What ran on the current board since it started, the latest last."""
        device = self.session.current
        return [] if device is None else self.ran.of(device.mark)


def load_wiring(
    notice: Callable[[str], None], stray: Callable[[str], None], show: Callable[[BoardDisplay], None]
) -> Wiring:
    """Builds the session, the registry and the magics, and listens for subscribers; touches no board.

    Args:
        notice: takes a line that the session has to tell; called on any thread.
        stray: takes what boards print between cells; called on any thread.
        show: takes what boards show; called on any thread.
    """
    pipes = PipeService()
    registry = DeviceRegistry(Configuration.from_environment())
    session = Session(
        registry, notice=notice, stray=stray, hub=pipes.hub, changed=lambda: _name_board(session, pipes)
    )
    session.displays.on_display = show

    def make_session(name: str) -> Session:
        """Makes the session of a board beside the current one; what it says between cells names it."""
        lines = NamedLines(f"{name} | ", stray)
        its_pipes = pipes.beside()
        made = Session(
            registry, notice=lambda text: notice(f"{name}: {text}"), stray=lines.take, hub=its_pipes.hub,
            changed=lambda: _name_board(made, its_pipes), origins=session.origins,
        )  # fmt: skip
        made.displays.on_display = show
        return made

    wiring = Wiring(session, registry, build_registry(), pipes, BoardGroup(session, registry, make_session))
    for clash in wiring.clashes:
        _LOG.warning(clash)
    pipes.start()  # last: what fails above leaves no thread behind
    return wiring


def _name_board(session: Session, pipes: PipeService | BoardPipes) -> None:
    """Tells those who look for a board's pipes which board a session has."""
    device = session.current
    uid = device.info.uid if device is not None and device.info is not None else ""
    pipes.name_device(session.name, uid, device.url if device is not None else "")
