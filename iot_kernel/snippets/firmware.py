"""Finds a thing in a module that the firmware has in C, imported or not; runs no code of the user's.

Modules in Python are found in the places that ``sys.path`` names, files as well as frozen ones: it names none
meanwhile. One that was imported before has a ``__file__``.
"""


def __iot_firmware__(module, inside):
    import sys
    from builtins import Exception, __import__, getattr, hasattr

    places = sys.path[:]
    try:
        sys.path[:] = ["/.no-such-place"]
        thing = __import__(module)
    finally:
        sys.path[:] = places
    if hasattr(thing, "__file__"):
        raise Exception
    for name in inside:
        thing = getattr(thing, name)
    return thing
