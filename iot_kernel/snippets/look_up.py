"""Tells which names a thing on the board has, or which keys a dictionary; runs no code of the user's.

The thing is found by `follow`, which says how.
"""


def __iot_look_up__(chain, prefix, most, keys):
    from builtins import Exception, dict, dir, globals, hasattr, list, print, repr, str, type

    found = None
    try:
        thing = __iot_follow__(chain)
        kind = type(thing)
        is_own = hasattr(kind, "__module__")
        is_module = kind is type(__iot_follow__(()))
        found = []
        if keys:
            found += [key for key in thing if type(key) is str] if kind is dict else []
        else:
            if (is_own and hasattr(kind, "__dict__")) or (is_module and hasattr(thing, "__dict__")):
                found += list(thing.__dict__)
            if not is_module or not found:
                found += dir(kind if is_own else thing)
            if not chain:
                found += list(globals())
        found = [name for name in found if name.startswith(prefix)]
        found[most:] = [None] if found[most:] else []
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(found), end="")
