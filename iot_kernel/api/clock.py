"""`DeviceClock`: the clock of one board, as scripts see it."""

from __future__ import annotations

from iot_kernel.api.calls import DeviceCalls
from iot_kernel.device.clock import Clock, ClockReading


class DeviceClock:
    """The clock of one board. `iot_kernel.Device.clock` is one. All methods raise what `Device.exec` does.

    Args:
        calls: to the board.
    """

    def __init__(self, calls: DeviceCalls) -> None:
        self._calls = calls

    def __repr__(self) -> str:
        return f"<clock of {self._calls}>"

    def read(self) -> ClockReading:
        """Reads the clock, to some milliseconds; waits for its next second, as many count whole ones.

        Raises:
            ClockError: the board has none.
        """
        return self._calls.run(lambda device: Clock(device).read(exactly=True))

    def set(self) -> ClockReading:
        """Sets the clock to this computer's local time, unless it is right.

        Returns:
            What it shows then.

        Raises:
            ClockError: the board has none, or none that can be set.
        """
        return self._calls.run(lambda device: Clock(device).synchronise()[1])
