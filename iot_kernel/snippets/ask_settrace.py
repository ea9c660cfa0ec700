"""Prints whether the firmware can trace lines."""


def __iot_x__():
    import sys
    from builtins import hasattr, print

    print("\x1eMARK%r\x1f" % hasattr(sys, "settrace"), end="")


try:
    __iot_x__()
finally:
    del __iot_x__
