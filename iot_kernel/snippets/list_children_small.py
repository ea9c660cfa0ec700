"""Does what `list_children` does in little memory and with few calls inside each other, on MicroPython 1.9.

It tells of variables, and of what lists, tuples and dictionaries hold; nothing of objects, whose ``__dict__``
is not there, and no first values. It prints each at once; a missing end says that the thing is not there.
"""


def __iot_list_children__(path, start, most, length):
    from builtins import Exception, globals, len, list, print, repr, type

    at = start
    try:
        thing = globals()
        for step in path:
            is_dict = type(thing) is type({}) and thing is not globals()
            thing = list(thing.values())[step] if is_dict else thing[step]
        names = [name for name in thing if path or name[:2] != "__"] if type(thing) is type({}) else None
        total = len(names or thing)
        print("\x1eMARK(%d,[" % start, end="")
    except Exception:
        print("\x1eMARKNone\x1f", end="")
        return
    while at < total and at < start + most:
        name = names[at] if names else at
        value = thing[name]
        if not names:
            name = "%d" % at
        elif path:
            name = (
                repr(name)[:length] if type(name) in (type(1), type("")) else "<%s>" % repr(type(name))[8:-2]
            )
        kind = repr(type(value))[8:-2]
        size = shown = None
        if kind in ("int", "float", "bool", "NoneType"):
            shown = repr(value)[:length]
        elif kind in ("str", "bytes"):
            size = len(value)
            shown = repr(value[:length])
        elif kind in ("list", "tuple", "dict", "set", "bytearray"):
            size = len(value)
        print(repr((name, kind, size, shown, [], 0 if kind in ("str", "set") else size or 0)), end=",")
        at += 1
    print("],%d)\x1f" % total, end="")
