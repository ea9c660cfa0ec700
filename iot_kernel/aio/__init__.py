"""`iot_kernel` for asyncio: the same names, whose calls are awaited; the event loop is never blocked.

    import iot_kernel.aio

    async with iot_kernel.aio.connect("pico") as board:
        await board.exec("print('hello')")

Never: another way to do what `iot_kernel.api` does.
"""

from iot_kernel.aio.device import AsyncDevice as Device
from iot_kernel.aio.device import connect, discover

__all__ = ["Device", "connect", "discover"]
