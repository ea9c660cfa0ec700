"""Tells of a board's error where in the notebook and in the project it happened, and what to do about it.

What the board printed stays as it is; lines are added below it. An error must not come later for that: what
takes a question to the board or a look at directories gets `PATIENCE`, and the board is asked only while it
waits for code.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from iot_kernel.boards.origins import Origin
from iot_kernel.device.memory import MemoryLeft, ask_memory_left
from iot_kernel.device.traceback import WIRE, CodeFrame, frames_of
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.kernel import advice
from iot_kernel.kernel.advice import BYTE_ORDER_MARK, Failure
from iot_kernel.kernel.frame_places import FramePlace, find_places
from iot_kernel.magics.colours import blue
from iot_kernel.text import printable

if TYPE_CHECKING:
    from iot_kernel.device.device import Device
    from iot_kernel.kernel.wiring import Wiring

#: s that an error waits for what has to be asked or looked for; a board at 115200 baud takes 0.05
PATIENCE = 0.4

#: rows that are shown of a traceback: the first ones, and the last ones, which say most
FIRST_ROWS, LAST_ROWS = 2, 6

#: characters of a line of code, and of a path
LONGEST_LINE, LONGEST_PATH = 120, 300

_RELOADED = re.compile(r"\bsys\.modules\b|\breload\b")

T = TypeVar("T")

_log = logging.getLogger(__name__)


def explained(error: DeviceError, device: Device, wiring: Wiring) -> DeviceError:
    """Adds to a board's error the lines it happened in, and advice.

    Args:
        error: raised by the code that was noted last in ``wiring.ran``.
        device: the board.
        wiring: knows which code ran, which files came from here, and which belong on the board.
    """
    try:
        return _Explanation(error, device, wiring).error()
    except Exception:  # noqa: BLE001  the user's error matters, and not what went wrong with explaining it
        _log.exception("an error could not be explained")
        return error


class _Explanation:
    """One error, while it is explained."""

    def __init__(self, error: DeviceError, device: Device, wiring: Wiring) -> None:
        self._error = error
        self._device = device
        self._wiring = wiring
        self._past = wiring.ran.of(device.mark)
        self._origins = wiring.session.origins_of(device)
        self._frames = frames_of(error.traceback)
        is_syntax_error = error.ename in advice.SYNTAX_ERRORS
        self._places = find_places(self._frames, self._past, is_syntax_error=is_syntax_error)
        self._files = [
            None if frame.file == WIRE else self._origins.find(frame.file) for frame in self._frames
        ]

    def error(self) -> DeviceError:
        """The error with all that is known of it."""
        error = self._error
        told = self._advice()
        lines = [error.traceback, *_few(self._rows()), *([f"({told})"] if told else [])]
        return DeviceError(error.ename, error.evalue, "\n".join(lines), error.output)

    # Where it happened

    def _rows(self) -> list[str]:
        found = zip(self._frames, self._places, self._files, strict=True)
        return [row for frame, place, file in found if (row := self._row(frame, place, file))]

    def _row(self, frame: CodeFrame, place: FramePlace | None, file: Origin | None) -> str:
        if place is not None:
            where = " or ".join(f"In [{number}]" for number in place.numbers) or "In an earlier cell"
            return _told(f"{where}, line {place.line}", frame, place.source)
        if file is None or self._is_replaced(file):
            return ""
        text = file.text()
        where = f"{printable(str(file.source), LONGEST_PATH)}, line {frame.line}"
        if text is None:
            return f"{_told(where, frame, '')} (changed here since it was copied)"
        return _told(where, frame, _line_of(text, frame.line))

    def _is_replaced(self, file: Origin) -> bool:
        """Whether the board goes on with what a module was before its file was copied."""
        if file.mark != self._device.mark or file.was_loaded is False:
            return False
        before = [code.reached for code in self._past if code.at < file.at]
        after = [code.text for code in self._past if code.at >= file.at]
        if any(_RELOADED.search(text) for text in after):
            return False
        name = file.module.rpartition(".")[2]
        imports = re.compile(rf"\b(?:import|from)\b.*\b{re.escape(name)}\b")
        return bool(file.was_loaded) or any(imports.search(text) for text in before)

    # What to do about it

    def _advice(self) -> str:
        failure = self._failure()
        return (
            self._about_replaced(failure)
            or advice.advice(failure)
            or self._about_memory()
            or self._about_missing(failure)
        )

    def _failure(self) -> Failure:
        error, info = self._error, self._device.info
        source, is_marked = self._failing_line()
        platform, implementation = ("", "") if info is None else (info.platform, info.implementation)
        return Failure(error.ename, error.evalue, source, platform, implementation, is_marked=is_marked)

    def _failing_line(self) -> tuple[str, bool]:
        """The line that raised the error, empty where it is not known; whether a byte order mark is in it."""
        place = self._places[-1] if self._places else None
        if place is not None:
            return place.source, False
        file = self._files[-1] if self._files else None
        text = None if file is None else file.text()
        if text is None:
            return "", False
        line = self._frames[-1].line
        return _line_of(text, line), line == 1 and text.startswith(BYTE_ORDER_MARK)

    def _about_replaced(self, failure: Failure) -> str:
        """Whether an older module than the one here has failed, or lacks a name that the new one has."""
        files = [file for file in reversed(self._files) if file is not None]
        if advice.lacks_name(failure):
            known = self._origins.replaced(self._device.mark)
            files += [file for file in known if self._is_meant(file.module, failure)]
        found = next((file for file in files if self._is_replaced(file)), None)
        return "" if found is None else advice.replaced_module(found.module, has_list=bool(found.was_loaded))

    def _is_meant(self, module: str, failure: Failure) -> bool:
        """Whether the failing line names a module, as the cells have imported it."""
        name = module.rpartition(".")[2]
        other = re.compile(rf"\bimport\s+(?:[\w.]+\.)?{re.escape(name)}\s+as\s+(\w+)")
        names = {name, *(match[1] for code in self._past for match in other.finditer(code.text))}
        return any(re.search(rf"\b{re.escape(each)}\b", failure.source) for each in names)

    def _about_memory(self) -> str:
        if self._error.ename != "MemoryError":
            return ""
        left = within(PATIENCE, self._memory_left)
        return "" if left is None else advice.memory(left)

    def _memory_left(self) -> MemoryLeft | None:
        device = self._device
        return ask_memory_left(lambda code: device.answer_when_idle(code) or "", platform=device.platform)

    def _about_missing(self, failure: Failure) -> str:
        name, full = advice.missing_module(failure)
        if not name:
            return ""
        file = within(PATIENCE, lambda: self._in_project(name))
        if file is not None:
            return advice.found_in_project(name, str(file))
        if Path(f"{name}.py").is_file():
            return advice.found_here(f"{name}.py")
        if Path(name, "__init__.py").is_file():
            return advice.found_here(name, is_package=True)
        package = "" if failure.implementation == "circuitpython" else self._package_of(full, name)
        return advice.found_in_index(package) if package else ""

    def _package_of(self, *modules: str) -> str:
        """The package of the index that has one of some modules, the first if it can be; empty for none."""
        from iot_kernel.packages.index import INDEX, index_place  # see `_in_project`
        from iot_kernel.packages.index_names import LIBRARY, package_of

        with contextlib.suppress(IoTKernelError):  # the address of the index makes no sense; %upip says so
            index = index_place()
            names = {*self._wiring.package_names.get(index.url, ())}
            names |= LIBRARY if index.url == INDEX else frozenset()
            return next((found for module in modules if (found := package_of(module, names))), "")
        return ""

    def _in_project(self, name: str) -> Path | None:
        from iot_kernel.sync.host import find_module  # here, so that no other error waits for the import

        uid = self._device.info.uid if self._device.info is not None else ""
        config = self._wiring.registry.configuration.by_uid(uid) if uid else None
        return None if config is None else find_module(config, name)


def within(seconds: float, function: Callable[[], T | None]) -> T | None:
    """Returns what a function returns; None where it fails or takes longer: its result is dropped then."""
    answers: queue.SimpleQueue[T | None] = queue.SimpleQueue()

    def work() -> None:
        answer = None
        try:
            answer = function()
        except (IoTKernelError, OSError) as error:
            _log.debug("no advice: %s", error)
        except Exception:  # noqa: BLE001  as in `explained`: the error is shown without
            _log.exception("advice could not be given")
        answers.put(answer)

    threading.Thread(target=work, name="IoT advice", daemon=True).start()
    with contextlib.suppress(queue.Empty):
        return answers.get(timeout=seconds)
    return None


def _line_of(text: str, line: int) -> str:
    return "".join(text.split("\n")[line - 1 : line])


def _told(where: str, frame: CodeFrame, source: str) -> str:
    if frame.function and not frame.function.startswith("<"):
        where += f", in {frame.function}"
    shown = printable(source.strip(f" \t\r{BYTE_ORDER_MARK}").replace("\t", " "), LONGEST_LINE)
    return f"{blue(where)}: {shown}" if shown else blue(where)


def _few(rows: Sequence[str]) -> list[str]:
    """The rows without those that repeat the one before, and without the middle of very many."""
    kept = [row for index, row in enumerate(rows) if row != "".join(rows[max(0, index - 1) : index])]
    if len(kept) > FIRST_ROWS + LAST_ROWS + 1:
        kept[FIRST_ROWS:-LAST_ROWS] = ["…"]
    return kept
