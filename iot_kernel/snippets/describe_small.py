"""Does what `describe` and `follow` do, in little memory, on MicroPython 1.9; see `look_up_small`."""


def __iot_describe__(chain, most):
    import builtins
    from builtins import Exception, dir, getattr, globals, hasattr, len, print, repr, type

    said = None
    try:
        thing = builtins
        for name in chain:
            if thing is builtins and name in globals():
                thing = globals()[name]
            else:
                thing = getattr(thing if name in dir(thing) else type(thing), name)
        kind = type(thing)
        name = repr(kind)[8:-2]
        size = value = None
        if not hasattr(kind, "__module__"):
            if name in ("int", "float", "bool", "NoneType"):
                value = repr(thing)[:most]
            elif name in ("str", "bytes"):
                size, value = len(thing), repr(thing[:most])
            elif name in ("list", "tuple", "dict", "set", "bytearray"):
                size = len(thing)
            elif name == "type":
                value = repr(thing)[8:-2]
        said = name, size, value
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(said), end="")
