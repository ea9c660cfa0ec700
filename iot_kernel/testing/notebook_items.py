"""Notebooks as pytest sees them: a file, whose tests are its code cells."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from iot_kernel.errors import IoTKernelError
from iot_kernel.testing.board_pool import board_of
from iot_kernel.testing.notebook_run import BOARD_TAG, CellVerdict, NotebookRun
from iot_kernel.testing.options import SETTINGS, file_name
from iot_kernel.testing.saved_outputs import comparison_of, texts_of

#: Notebooks of these kernels know ``%connect``.
_OUR_KERNELS = frozenset({"iot", "ucore"})


class CellFailedError(Exception):
    """A cell failed, or gave something else than what was saved."""


class NotebookFile(pytest.File):
    """A notebook. Where a cell has the tag ``board``, it runs once on each board."""

    def collect(self) -> Iterator[CellItem]:
        """Yields the code cells that are not empty, in order, for each board."""
        notebook = _read(self.path)
        settings = self.config.stash[SETTINGS]
        boards = settings.boards if _has_board_cell(notebook) else [None]
        for name in boards:
            board = None if name is None else board_of(self.config, name)
            run = NotebookRun(copy.deepcopy(notebook), self.path, settings.timeout, board)
            ending = RunEnd(self, run, f"-{file_name(name)}" if name else "")
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type == "code" and cell.source.strip():
                    called = f"cell {run.number(index)}" + (f"[{name}]" if name else "")
                    yield CellItem.from_parent(self, name=called, run=run, index=index, ending=ending)


class CellItem(pytest.Item):
    """A code cell.

    Args:
        run: of the notebook.
        index: of the cell, among all cells.
        ending: what is done when the last cell has run.
    """

    def __init__(self, *, run: NotebookRun, index: int, ending: RunEnd, **more: Any) -> None:  # noqa: ANN401
        super().__init__(**more)
        self._run = run
        self._index = index
        self._ending = ending

    def setup(self) -> None:
        """Has the notebook end after the last of its cells."""
        self._ending.begin()

    def runtest(self) -> None:
        """Runs the cell, and those before it that have not run."""
        outcome = self._run.outcome(self._index)
        if self._run.board is not None:
            self.user_properties += self._run.board.properties
        kernel = self._run.notebook.metadata.kernelspec.name
        self.user_properties.append(("kernel", kernel))
        if outcome.end in (CellVerdict.SKIPPED, CellVerdict.NOT_RUN):
            pytest.skip(f"{self.path.name}, {self.name}: {outcome.text}")
        if outcome.end is not CellVerdict.PASSED:
            if outcome.end is CellVerdict.FAILED:
                self._show_output()
            raise CellFailedError(outcome.text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Shows the cell and what is wrong with it, without a traceback of ours."""
        if not isinstance(excinfo.value, CellFailedError):
            return super().repr_failure(excinfo, style)
        source = self._run.notebook.cells[self._index].source
        return "\n".join([*(f"    {line}" for line in source.splitlines()), "", str(excinfo.value)])

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Says what it is called in the report."""
        return self.path, None, f"{self.path.name}: {self.name}"

    def _show_output(self) -> None:
        cell = self._run.notebook.cells[self._index]
        text = "\n".join(text for kind, text in texts_of(cell.get("outputs", [])) if kind != "error")
        if text:
            self.add_report_section("call", "cell output", text)


class RunEnd:
    """What is done at the end of a notebook: its kernel is ended, its board cleaned, and the file written.

    Args:
        file: of the notebook.
        run: of it.
        suffix: of the name of the file that is written.
    """

    def __init__(self, file: NotebookFile, run: NotebookRun, suffix: str) -> None:
        self._file = file
        self._run = run
        self._suffix = suffix
        self._has_begun = False

    def begin(self) -> None:
        """Takes care that `_end` is called, once."""
        if not self._has_begun:
            self._has_begun = True
            self._file.addfinalizer(self._end)

    def _end(self) -> None:
        self._run.close()
        self._write()
        if self._run.board is not None and self._run.has_board:
            try:
                self._run.board.clean(self._file.nodeid)
            except IoTKernelError as error:
                pytest.fail(str(error), pytrace=False)

    def _write(self) -> None:
        directory = self._file.config.stash[SETTINGS].output
        if directory is None:
            return
        inside = Path(self._file.nodeid)
        if inside.is_absolute() or ".." in inside.parts:
            inside = Path(inside.name)
        target = directory / inside.with_name(f"{inside.stem}{self._suffix}{inside.suffix}")
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(self._run.notebook, target)  # type: ignore[no-untyped-call]


def _has_board_cell(notebook: nbformat.NotebookNode) -> bool:
    return any(
        cell.cell_type == "code" and BOARD_TAG in cell.metadata.get("tags", []) for cell in notebook.cells
    )


def _read(path: Path) -> nbformat.NotebookNode:
    """Reads a notebook, and finds all that is wrong with it before anything runs.

    Raises:
        pytest.Collector.CollectError: it is no notebook, or one that cannot be tested; the text says why.
    """
    try:
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except Exception as error:  # noqa: BLE001  nbformat raises whatever its parts do
        raise _error(path, f"this is no notebook that can be read: {str(error).splitlines()[0]}") from None
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "")
    if not kernel:
        raise _error(path, "it does not say which kernel it is for (kernelspec); choose one, and save it")
    if _has_board_cell(notebook) and kernel not in _OUR_KERNELS:
        raise _error(
            path, f"a cell has the tag {BOARD_TAG}, and the notebook's kernel '{kernel}' knows no boards"
        )
    for cell in notebook.cells:
        try:
            comparison_of(cell.metadata.get("tags", []))
        except ValueError as error:
            raise _error(path, str(error)) from None
    return notebook


def _error(path: Path, problem: str) -> pytest.Collector.CollectError:
    return pytest.Collector.CollectError(f"{path}: {problem}")
