"""Does what `list_children` does in little memory and with few calls inside each other, on MicroPython 1.9.

It tells of variables, and of what lists, tuples and dictionaries hold; nothing of objects, whose ``__dict__``
is not there, and no first values. It prints each at once; False at the end says that the thing is not there.
"""


def __iot_list_children__(path, start, most, length):
    from builtins import Exception, enumerate, globals, len, list, print, repr, type

    print("\x1eMARK[", end="")
    count = 0
    try:
        thing = globals()
        for step in path:
            if thing is globals():
                thing = thing[step]
            else:
                thing = list(thing.values())[step] if type(thing) is type({}) else thing[step]
        keys = None
        if type(thing) is type({}):
            keys = list(thing)
            thing = list(thing.values())
        for place, value in enumerate(thing):
            name = place if keys is None else keys[place]
            if place < start or (not path and name[:2] == "__"):
                continue
            if count == most:
                print(None, end="")
                break
            count += 1
            name = (
                name
                if not path
                else repr(name)[:length]
                if type(name) in (type(1), type(""))
                else "<%s>" % repr(type(name))[8:-2]
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
            print(repr((name, (kind, size, shown), [])), end=",")
    except Exception:
        print(False, end="")
    print("]\x1f", end="")
