"""A board that is open while a test needs it."""

from contextlib import contextmanager

from iot_kernel.device.device import Device


@contextmanager
def opened(board, *, interrupt=True):
    """Opens a board with its password, if it has one, and closes it whatever happens.

    Without an interrupt its boot.py and main.py have ended by then, however long they take.
    """
    device = Device(board.url, password=getattr(board, "password", None))
    try:
        device.open(interrupt=interrupt)
        yield device
    finally:
        device.close()
