"""What log points say, in bursts that a Jupyter server lets through, also where one is in a hot loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from iot_kernel.debugging.messages import Logged
from iot_kernel.device.debug_link import Event
from iot_kernel.kernel.output import BURST


class LogPoints:
    """Joins what log points say within `BURST` seconds. All of it is the event loop's.

    Args:
        loop: the kernel's event loop.
        take: takes events, in their order.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, take: Callable[[Event], None]) -> None:
        self._loop = loop
        self._take = take
        self._said: list[str] = []

    def put(self, event: Event) -> None:
        """Passes an event on: what a log point says a little later, all others at once."""
        if not isinstance(event, Logged):
            self._tell()
            self._take(event)
            return
        self._said.append(event.text)
        if len(self._said) == 1:
            self._loop.call_later(BURST, self._tell)

    def _tell(self) -> None:
        said, self._said = self._said, []
        if said:
            self._take(Logged("\n".join(said)))
