"""Prints the platform, and the mark that `leave_mark` left; raises NameError where there is none."""


def __iot_x__():
    from builtins import print
    from sys import platform

    print(platform)


__iot_x__()
del __iot_x__
__iot__(0, 1)
