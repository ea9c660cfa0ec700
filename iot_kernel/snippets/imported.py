"""Finds a module that a cell will import: one that was imported before, or one by the first name that works.

These are names of a module that the firmware has in C, so that no file is looked for.
"""


def __iot_imported__(module, names):
    import sys
    from builtins import Exception, __import__, getattr, type

    found = getattr(sys, "modules", {}).get(module)
    for name in names:
        if found is None:
            try:
                found = __import__(name)
            except Exception:  # the firmware calls it by another name
                pass
    return found if type(found) is type(sys) else None
