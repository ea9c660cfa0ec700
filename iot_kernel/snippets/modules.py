"""Tells which modules there are: the firmware's own list, and the files beside which imports look."""


def __iot_modules__():
    import builtins
    import os
    import sys
    from builtins import Exception, getattr, print, repr

    print("\x1eMARK", end="")
    try:
        builtins.help("modules")
    except Exception:
        pass
    found = []
    for place in getattr(sys, "path", ("",)):
        try:
            found += os.listdir(place) if place else os.listdir()
        except Exception:
            pass
    print("\x1d%s\x1f" % repr(found), end="")
