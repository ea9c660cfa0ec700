"""Copies files between this computer and a board, and remembers which came from here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from iot_kernel.boards.session import Session
from iot_kernel.files.copy_plan import CopyPlan, carry_out


def copy(session: Session, made: CopyPlan, on_progress: Callable[[int], None]) -> Sequence[str]:
    """Copies what was planned, and has errors show lines of what is on the board then, and came from here.

    Args:
        session: which has the board.
        made: the plan.
        on_progress: takes how many bytes are copied.

    Returns:
        What the user should know of files that were copied, one sentence each.
    """
    notes = carry_out(made, on_progress)
    if made.side.is_board:
        sources = {
            each.target: Path(each.path).absolute() for each in made.copies if not each.source.is_board
        }
        session.note_copied(sources, sources)
    return notes
