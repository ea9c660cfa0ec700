"""Does what `show_variables` does in less memory: for lists, tuples and dictionaries, ten at a time."""


def __iot_show_variables__(name, path, start):
    from builtins import Exception, dict, globals, int, len, list, print, range, repr, str, tuple, type

    said = None
    try:
        thing = globals() if name is None else globals()[name]
        for at in path:
            thing = list(thing.values())[at] if type(thing) is dict else thing[at]
        keys = list(thing) if type(thing) is dict else range(len(thing))
        if name is None:
            keys = [key for key in keys if key[:2] != "__"]
        items = []
        for key in keys[start : start + 10]:
            value = thing[key]
            kind = repr(type(value))[8:-2]
            is_text = kind in ("str", "bytes")
            holds = type(value) in (list, tuple, dict)
            is_plain = kind in ("int", "float", "bool", "NoneType")
            text = repr(value[:30]) if is_text else repr(value) if is_plain else None
            label = key
            if name is not None:
                label = "[%s]" % (repr(key)[:60] if type(key) in (int, str) else "?",)
            items.append((label, kind, len(value) if is_text or holds else None, text, 1 if holds else 0))
        said = start, len(keys), items
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(said), end="")
