"""Resets the chip."""


def __iot_x__():
    from builtins import Exception, OSError

    try:
        from machine import reset
    except Exception:
        try:
            from microcontroller import reset
        except Exception:
            raise OSError("this firmware has no function that resets the chip") from None
    reset()


try:
    __iot_x__()
finally:
    del __iot_x__
