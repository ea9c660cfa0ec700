"""Runs one notebook cell by cell, in one kernel, and remembers how each cell ended."""

from __future__ import annotations

import copy
import enum
import logging
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import zmq
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_core.utils import ensure_async, run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

from iot_kernel.errors import IoTKernelError
from iot_kernel.testing.board_under_test import BoardUnderTest
from iot_kernel.testing.saved_outputs import comparison_of, difference, without_colours

#: Kernels warn in the terminal when what they say over TCP is not encrypted.
_ENCRYPTED = Config({"KernelManager": {"transport_encryption": "auto" if zmq.has("curve") else "disabled"}})

#: Jupyter's tools log what the report says in plain words.
_SILENT = logging.getLogger("iot_kernel.testing.silent")
_SILENT.disabled = True

#: s that a kernel has to end a cell that was interrupted, before the kernel is ended.
INTERRUPT_PATIENCE = 3.0

#: Tags of Jupyter's own tools.
_RAISES = "raises-exception"
_SKIPPED = "skip-execution"

#: The cell that connects a board.
BOARD_TAG = "board"


class CellVerdict(enum.Enum):
    """How a cell ended."""

    PASSED = "passed"
    FAILED = "failed"  # and those after it are not run
    DIFFERENT = "different"  # from what was saved; those after it are run
    SKIPPED = "skipped"  # by its tag
    NOT_RUN = "not run"  # since one before it failed


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """What became of a cell.

    Attributes:
        end: how it ended.
        text: why, for people.
    """

    end: CellVerdict
    text: str = ""


class NotebookRun:
    """One run of a notebook; the kernel is started by the first cell. The constructor touches nothing.

    Args:
        notebook: which gets the new outputs.
        path: its file, in whose directory the kernel runs.
        seconds: that a cell may take; 0 for as long as it takes.
        board: what the cells with the tag ``board`` connect; None where there are none.

    Attributes:
        has_board: the board was given to the kernel.
    """

    def __init__(
        self, notebook: nbformat.NotebookNode, path: Path, seconds: float, board: BoardUnderTest | None
    ) -> None:
        self.notebook = notebook
        self.board = board
        self.has_board = False
        self._path = path
        self._seconds = seconds
        self._client: NotebookClient | None = None
        self._kernel = ExitStack()
        self._outcomes: dict[int, CellOutcome] = {}
        self._told: set[int] = set()
        self._failed: int | None = None

    def outcome(self, index: int) -> CellOutcome:
        """Runs a cell and those before it, as far as they have not run.

        Args:
            index: of the cell, among all cells.

        Returns:
            How it ended. What failed before it and was not told yet is its own failure.
        """
        for each in range(index + 1):
            if each not in self._outcomes and self.notebook.cells[each].cell_type == "code":
                self._outcomes[each] = self._run(each)
        own = self._outcomes[index]
        self._told.add(index)
        if own.end is not CellVerdict.NOT_RUN or self._failed is None:
            return own
        number, text = self.number(self._failed), self._outcomes[self._failed].text
        if self._failed in self._told:
            return CellOutcome(CellVerdict.NOT_RUN, f"cell {number}, which runs before it, failed")
        self._told.add(self._failed)
        return CellOutcome(CellVerdict.FAILED, f"cell {number}, which runs before it, failed: {text}")

    def number(self, index: int) -> int:
        """Returns what people call a cell: the number of a code cell, from 1 on."""
        return sum(cell.cell_type == "code" for cell in self.notebook.cells[: index + 1])

    def close(self) -> None:
        """Ends the kernel. Twice is fine."""
        self._client = None
        self._kernel.close()

    def _run(self, index: int) -> CellOutcome:
        cell = self.notebook.cells[index]
        tags = list(cell.metadata.get("tags", []))
        if _SKIPPED in tags:
            return CellOutcome(CellVerdict.SKIPPED, f"it has the tag {_SKIPPED}")
        if self._failed is not None:
            return CellOutcome(CellVerdict.NOT_RUN)
        saved = copy.deepcopy(cell.get("outputs", []))
        if problem := self._problem_of(index, raises=_RAISES in tags):
            self._failed = index
            return CellOutcome(CellVerdict.FAILED, problem)
        comparison = comparison_of(tags)
        if comparison is not None and (text := difference(saved, cell.outputs, comparison)):
            return CellOutcome(CellVerdict.DIFFERENT, f"its output is not the saved one:\n{text}")
        return CellOutcome(CellVerdict.PASSED)

    def _problem_of(self, index: int, *, raises: bool) -> str:
        """Executes a cell; says what is wrong with that, or nothing."""
        cell = self.notebook.cells[index]
        try:
            if self._client is None:
                self._client = self._start()
            self._client.execute_cell(cell, index)
        except CellExecutionError:
            return _error_text(cell.outputs)
        except CellTimeoutError:
            return self._given_up()
        except DeadKernelError:
            self.close()
            return "the kernel died"
        except NoSuchKernel as error:
            return f"its kernel '{error.name}' is not installed; 'jupyter kernelspec list' says what is"
        except (IoTKernelError, OSError, RuntimeError) as error:
            self.close()
            return str(error)
        if raises and not any(output.output_type == "error" for output in cell.outputs):
            return f"it has the tag {_RAISES}, and raised none"
        return ""

    def _start(self) -> NotebookClient:
        KernelSpecManager().get_kernel_spec(self.notebook.metadata.kernelspec.name)
        if self.board is not None:
            connect = f"%connect {self.board.lend()}"
            self.has_board = True
            for cell in self.notebook.cells:
                if cell.cell_type == "code" and BOARD_TAG in cell.metadata.get("tags", []):
                    cell.source = connect
        client = NotebookClient(
            self.notebook,
            timeout_func=lambda cell: self._seconds or None,
            resources={"metadata": {"path": str(self._path.parent)}},
            config=_ENCRYPTED,
            log=_SILENT,
        )
        self._kernel.enter_context(client.setup_kernel())
        return client

    def _given_up(self) -> str:
        """Interrupts a cell that took too long, so that the kernel leaves a board that can be used."""
        if self._client is not None:
            with suppress(Exception):  # it is ended anyway
                run_sync(_interrupted)(self._client)
        self.close()
        return f"timeout: it took longer than {self._seconds:g} s, so the kernel was interrupted and ended"


async def _interrupted(client: NotebookClient) -> None:
    """Interrupts what runs, and gives the kernel some time to answer that it has ended."""
    if client.km is None or client.kc is None:
        return
    await ensure_async(client.km.interrupt_kernel())
    await ensure_async(client.kc.shell_channel.get_msg(timeout=INTERRUPT_PATIENCE))


def _error_text(outputs: list[Any]) -> str:
    """What a cell shows of the error that ended it."""
    texts = [
        "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
        for output in outputs
        if output.output_type == "error"
    ]
    return without_colours(texts[-1] if texts else "it failed, and showed no error")
