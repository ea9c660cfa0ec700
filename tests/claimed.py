"""A board that is claimed while a test needs it."""

from contextlib import contextmanager

from iot_kernel.device.board_lock import claim


@contextmanager
def claimed(key, **options):
    """Claims a board as `claim` does, and frees it whatever happens."""
    made = claim(key, **options)
    try:
        yield
    finally:
        made.release()
