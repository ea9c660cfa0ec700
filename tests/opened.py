"""A board that is open while a test needs it."""

from contextlib import contextmanager

from iot_kernel.device.device import Device


@contextmanager
def opened(board):
    """Opens a board with its password, if it has one, and closes it whatever happens."""
    device = Device(board.url, password=getattr(board, "password", None))
    try:
        device.open()
        yield device
    finally:
        device.close()
