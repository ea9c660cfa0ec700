"""Tells which names a thing on the board has, or which keys a dictionary; runs no code of the user's.

The thing is found by `follow`, which says how.
"""


def __iot_look_up__(chain, prefix, most, keys):
    import builtins
    from builtins import Exception, dict, dir, globals, hasattr, list, print, repr, str, type

    found = None
    try:
        thing, kind, is_own = __iot_follow__(chain)
        is_module = kind is type(builtins)
        names = []
        if keys:
            names += [key for key in thing if type(key) is str] if kind is dict else []
        else:
            if (is_own and hasattr(kind, "__dict__")) or (is_module and hasattr(thing, "__dict__")):
                names += list(thing.__dict__)
            if not is_module or not names:
                names += dir(kind if is_own else thing)
            if not chain:
                names += list(globals())
        names = [name for name in names if name.startswith(prefix)]
        names[most:] = [None] if names[most:] else []
        found = names
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(found), end="")
