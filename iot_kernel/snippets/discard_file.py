"""Removes a file if it is there."""


def __iot_x__():
    import os
    from builtins import OSError

    try:
        os.remove(PATH)
    except OSError:
        pass


try:
    __iot_x__()
finally:
    del __iot_x__
