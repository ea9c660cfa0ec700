"""Tells which names a thing on the board has, or which keys a dictionary; runs no code of the user's.

The thing is found by `follow`, which says how.
"""


def __iot_look_up__(chain, prefix, most, keys):
    import builtins

    found = None
    try:
        thing, kind, is_own = __iot_follow__(chain)
        is_module = kind is builtins.type(builtins)
        names = []
        if keys:
            names += thing if kind is builtins.dict else ()
        else:
            if builtins.hasattr(kind if is_own else thing, "__dict__") and (is_own or is_module):
                names += builtins.dict.keys(thing.__dict__)
            if not is_module or not names:
                names += builtins.dir(kind if is_own else thing)
            if not chain:
                names += builtins.globals()
        names = [name for name in names if builtins.type(name) is builtins.str and name.startswith(prefix)]
        names[most:] = [None] if names[most:] else []
        found = names
    except builtins.Exception:
        pass
    builtins.print("\x1eMARK%s\x1f" % builtins.repr(found), end="")
