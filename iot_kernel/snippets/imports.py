"""Prints how the board imports: the format of compiled modules, where it looks for modules, where it is."""


def __iot_x__():
    import sys
    from builtins import Exception, getattr, print

    try:
        from os import getcwd

        here = getcwd()
    except Exception:
        here = "/"
    system = sys.implementation
    compiled = getattr(system, "_mpy", getattr(system, "mpy", None))
    print((compiled, getattr(sys, "path", None), here))


__iot_x__()
del __iot_x__
