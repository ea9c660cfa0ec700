"""Resets the chip."""

try:
    from machine import reset
except ImportError:
    try:
        from microcontroller import reset
    except ImportError:
        raise OSError("this firmware has no function that resets the chip") from None
reset()
