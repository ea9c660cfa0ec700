"""Tells of what kind a thing on the board is, with a short value; runs no code of the user's.

The thing is found by `follow`, which says how.
"""


def __iot_describe__(chain, most):
    from builtins import Exception, hasattr, len, print, repr, type

    said = None
    try:
        thing = __iot_follow__(chain)
        kind = type(thing)
        name = repr(kind)[8:-2]
        size = value = None
        if hasattr(kind, "__module__"):
            pass
        elif name in ("int", "float", "complex", "bool", "NoneType"):
            value = repr(thing)[:most]
        elif name in ("str", "bytes", "bytearray"):
            size, value = len(thing), repr(thing[:most])
        elif name in ("list", "tuple", "dict", "set", "frozenset", "array", "deque", "range"):
            size = len(thing)
        elif name == "module":
            value = thing.__name__
            if hasattr(thing, "__dict__"):
                value = thing.__dict__.get("__file__", value)
        elif name == "type":
            value = repr(thing)[8:-2]
        said = name, size, value
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(said), end="")
