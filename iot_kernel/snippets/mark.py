"""Prints the platform, and the mark that `leave_mark` left, where there is one.

It raises nothing where there is none: some firmware restarts its interpreter after each exception.
"""


def __iot_x__():
    from builtins import NameError, TypeError, print
    from sys import platform

    print(platform)
    try:
        __iot__(0, 1)
    except (NameError, TypeError):
        pass


__iot_x__()
del __iot_x__
