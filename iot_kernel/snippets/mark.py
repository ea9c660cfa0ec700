"""Prints the platform, and the mark that `who` left: none where the board has restarted since."""


def __iot_mark__():
    from builtins import globals, print
    from sys import platform

    names = globals()
    if "__iot__" in names:
        print(platform, names["__iot__"])
    else:
        print(platform)


__iot_mark__()
del __iot_mark__
