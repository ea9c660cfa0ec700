"""Finds a module that a cell will import: one that was imported before, or one by the first name that works.

These are names of a module that the firmware has in C, so that no file is looked for.
"""


def __iot_imported__(module, names):
    import sys
    from builtins import Exception, __import__, type

    found = None
    try:
        if module in sys.modules:
            found = sys.modules[module]
        for name in names:
            if found is None:
                try:
                    found = __import__(name)
                except Exception:
                    pass
    except Exception:
        pass
    return found if type(found) is type(sys) else None
