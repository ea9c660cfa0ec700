"""Does what `show_variables` does in less memory: for lists, tuples and dictionaries, ten at a time."""


def __iot_show_variables__(name, path, start):
    from builtins import Exception, bytes, dict, dir, globals, int, len, list, print, range, repr, str, tuple
    from builtins import type

    try:
        thing = globals()[name] if name else globals()
        for at in path:
            thing = list(thing.values())[at] if type(thing) is dict else thing[at]
        at = 0
        print("\x1eMARK(%d,[" % start, end="")
        for key in thing if type(thing) is dict else range(len(thing)):
            if name or key[:2] != "__":
                if start <= at < start + 10:
                    value = thing[key]
                    kind = type(value)
                    size = text = None
                    if kind in (str, bytes, list, tuple, dict):
                        size = len(value)
                    if kind in (str, bytes):
                        text = repr(value[:30])
                    elif size is None and "__module__" not in dir(kind):
                        text = repr(value)[:30]
                    label = key
                    if name:
                        label = "[%s]" % (repr(key)[:40] if type(key) in (str, int) else "?")
                    print((label, repr(kind)[8:-2], size, text, 1 if size and not text else 0), end=",")
                at += 1
        print("],%d)\x1f" % at, end="")
    except Exception:
        print("\x1eMARKNone\x1f", end="")
