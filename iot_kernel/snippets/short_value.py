"""Tells of what kind a thing on the board is, with a short value; runs no code of the user's."""


def __iot_short_value__(thing, most):
    from builtins import BaseException, dict, hasattr, isinstance, len, repr, str, tuple, type

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
    elif name == "range":
        size, value = len(thing), repr(thing)
    elif name in ("list", "set", "frozenset", "deque", "ndarray") or isinstance(thing, (tuple, dict)):
        size = len(thing)
    elif name == "array":
        size, value = len(thing), repr(thing[:0])[7:-2]  # its type code
    elif isinstance(thing, BaseException):
        size = len(thing.args)
    elif name == "module":
        value = thing.__name__
        if hasattr(thing, "__dict__"):
            value = dict.get(thing.__dict__, "__file__", value)
        value = value if type(value) is str else None
    elif name == "type":
        value = repr(thing)[8:-2]
    return name, size, value
