"""A board of a test run: connected once, and as it was before after each test.

A board that cannot be put in order is an error of the test that left it so. The next test tries once more,
with a hard reset, and where that does not help either its error names the test before.
"""

from __future__ import annotations

import contextlib
import errno
import tempfile
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import iot_kernel
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.config import Configuration
from iot_kernel.errors import IoTKernelError
from iot_kernel.testing.board_output import BoardOutput
from iot_kernel.testing.needs import Features
from iot_kernel.testing.options import VIRTUAL

#: A board that is not there is looked for again when this many times as long has passed as looking took, so
#: that a run of many tests loses at most a tenth of its time.
PATIENCE = 10.0


class BoardNotCleanError(IoTKernelError):
    """A test left a board behind that cannot be put in order.

    Args:
        board: as the user calls it.
        test: that left it so.
        problem: what went wrong.
    """

    def __init__(self, board: str, test: str, problem: str) -> None:
        super().__init__(f"{board}: cannot be put back as it was before {test}: {problem}")
        self.board = board
        self.test = test
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Unclean:
    """Why a board is not as it should be.

    Attributes:
        test: that left it so.
        problem: what went wrong then.
    """

    test: str
    problem: str


class BoardUnderTest:
    """One board. The constructor touches nothing; what it does runs on the thread of the tests.

    Args:
        name: what the user calls it: a name, a uid or a url. ``sim://`` is a virtual board without files that
            is there for this run alone.
        files: the directory whose files are put back after each test; empty for the board's own file system,
            None for none.

    Attributes:
        output: what it prints.
        features: what it has.
    """

    def __init__(self, name: str, files: str | None = "") -> None:
        self.name = name
        self.output = BoardOutput()
        self.features = Features()
        self._files = files
        self._own: tempfile.TemporaryDirectory[str] | None = None
        self._device: iot_kernel.Device | None = None
        self._snapshot: iot_kernel.FilesSnapshot | None = None
        self._unclean: Unclean | None = None
        self._failure: Exception | None = None
        self._retry_at = 0.0

    @property
    def url(self) -> str:
        """What connects it."""
        if self.name != VIRTUAL:
            return self.name
        if self._own is None:
            self._own = tempfile.TemporaryDirectory(prefix="iot-board-", ignore_cleanup_errors=True)
        return f"{VIRTUAL}?{urlencode({'dir': self._own.name})}"

    def ready(self) -> iot_kernel.Device:
        """Gives the board to a test: connected, and in order.

        Raises:
            BoardNotCleanError: a test before left it so that it cannot be put in order.
            IoTKernelError: it cannot be connected, or not be read; `iot_kernel.connect` and
                `iot_kernel.DeviceFiles.snapshot` say why.
            OSError: its files cannot be read, or are too many.
        """
        if self._device is not None and self._device.is_open and self._unclean is None:
            self._listen(self._device)  # a test may have put its own in their place
            return self._device
        if self._failure is not None and time.monotonic() < self._retry_at:
            raise self._failure
        began = time.monotonic()
        try:
            device = self._in_order()
        except (IoTKernelError, OSError) as error:
            self.close()
            self._failure = self._blamed(error)
            self._retry_at = time.monotonic() + PATIENCE * (time.monotonic() - began)
            raise self._failure from error
        self._failure = self._unclean = None
        return device

    def clean(self, test: str) -> None:
        """Puts it back as it was.

        Args:
            test: what used it.

        Raises:
            BoardNotCleanError: that is not possible.
        """
        if self._unclean is not None:
            raise BoardNotCleanError(self.name, self._unclean.test, self._unclean.problem)
        try:
            self._put_back(self._connected())
        except (IoTKernelError, OSError) as error:
            self._unclean = Unclean(test, self._said(error))
            raise BoardNotCleanError(self.name, test, self._unclean.problem) from error

    def mend(self, test: str) -> str:
        """Connects it anew and resets its chip, after a test that it does not end.

        Returns:
            What was done, or why it could not be done.
        """
        self.close()
        try:
            self._hard_reset(self._connected())
        except (IoTKernelError, OSError) as error:
            self._unclean = Unclean(test, self._said(error))
            return f"it could not be reset: {self._unclean.problem}"
        return "it was connected again and reset"

    def lend(self) -> str:
        """Gives the board to another process of this run, until `clean`.

        Returns:
            What connects it.

        Raises:
            Exception: as `ready` does.
        """
        self.ready()
        self.close()
        return self.url

    @property
    def properties(self) -> list[tuple[str, str]]:
        """What a report tells of it; empty while it was never there."""
        if self._device is None:
            return []
        info = self._device.info
        firmware = f"{info.implementation} {info.version} ({info.machine or info.platform})"
        return [("board", self.name), ("uid", info.uid), ("firmware", firmware)]

    def close(self) -> None:
        """Lets the board go; the next one who needs it connects it again. Twice is fine."""
        if self._device is not None:
            self._device.close()

    def end(self) -> None:
        """Ends the run: lets the board go, and removes one of our own."""
        self.close()
        if self._own is not None:
            with contextlib.suppress(IoTKernelError):  # only a list that people look at
                DeviceRegistry(Configuration.from_environment()).drop(self.url)
            self._own.cleanup()
            self._own = None

    def _in_order(self) -> iot_kernel.Device:
        device = self._connected()
        if self._snapshot is None and self._files is not None:
            device.soft_reset()
            self._snapshot = _snapshot(device, self._files)
        elif self._unclean is not None:
            with contextlib.suppress(IoTKernelError, OSError):  # a file may keep it from booting
                self._put_files_back(device)
            self._hard_reset(device)
            self._put_back(device)
        else:
            self._put_back(device)
        return device

    def _connected(self) -> iot_kernel.Device:
        """The device; a link that is lost is given up, since that looks for the board for seconds."""
        if self._device is not None:
            if self._device.is_open:
                return self._device
            self._device.close()
        self._device = iot_kernel.connect(self.url)
        self._listen(self._device)
        return self._device

    def _listen(self, device: iot_kernel.Device) -> None:
        device.events.on_output = device.events.on_stray = self.output.take
        device.events.on_lost = lambda error: self.output.note(str(error))
        device.events.on_reset = lambda: self.output.note("the board was reset")

    def _put_back(self, device: iot_kernel.Device) -> None:
        """Before the reset, since boot.py runs in it; and after, as threads of the test wrote until then."""
        self._put_files_back(device)
        device.soft_reset()
        self._put_files_back(device)

    def _put_files_back(self, device: iot_kernel.Device) -> None:
        if self._snapshot is not None:
            device.files.restore(self._snapshot)

    def _hard_reset(self, device: iot_kernel.Device) -> None:
        try:
            device.hard_reset()
        except iot_kernel.DeviceError:  # the firmware has no reset function
            device.soft_reset()

    def _said(self, error: Exception) -> str:
        """What is wrong, without the address that the whole text begins with."""
        return str(error).removeprefix(f"{self.url}: ")

    def _blamed(self, error: Exception) -> Exception:
        if self._unclean is None:
            return error
        problem = f"{self._unclean.problem}. Another try, with a reset, failed: {self._said(error)}"
        return BoardNotCleanError(self.name, self._unclean.test, problem)


def _snapshot(device: iot_kernel.Device, path: str) -> iot_kernel.FilesSnapshot:
    try:
        return device.files.snapshot(path)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        advice = "--board-files DIR puts back one directory, --board-files none nothing"
        raise OSError(error.errno, f"{error.strerror}; {advice}", error.filename) from None
