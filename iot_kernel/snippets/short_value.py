"""Tells of what kind a thing on the board is, with a short value; runs no code of the user's."""


def __iot_short_value__(thing, most):
    from builtins import dict, hasattr, len, repr, str, type

    kind = type(thing)
    name = repr(kind)[8:-2]
    size = value = None
    is_own = hasattr(kind, "__module__")  # not where type() made the class, but its objects have a __dict__
    if name not in ("module", "type", "struct"):  # a struct of uctypes would read registers
        is_own = is_own or hasattr(thing, "__dict__")
    if is_own:
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
            value = dict.get(thing.__dict__, "__file__", value)
        value = value if type(value) is str else None
    elif name == "type":
        value = repr(thing)[8:-2]
    return name, size, value
