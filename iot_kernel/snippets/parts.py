"""Tells of things on the board, and of what they consist of; runs no code of the user's.

A thing is told as (kind, size, value, first, holds): what `short_value` tells, and of an array the type code;
the first four that it holds, with None where there are more; how many these are. What holds things is a
module, a class, an object of a user's class, and what the firmware can hold things in.
"""


def __iot_parts__(length):
    from builtins import BaseException, Exception, dict, enumerate, hasattr, isinstance, len, list, range
    from builtins import repr, str, tuple, type

    short_value = __iot_short_value__  # the name itself may be gone before a part is told of

    def kind_of(thing):
        return repr(type(thing))[8:-2]

    def has_names(thing):
        return hasattr(type(thing), "__module__") or kind_of(thing) in ("type", "module")

    def inside(thing, start=0):
        """How many it holds, None where it cannot hold any, and names and things from one on."""
        kind = kind_of(thing)
        if has_names(thing):
            tells = hasattr(thing if kind in ("type", "module") else type(thing), "__dict__")
            return named(thing.__dict__ if tells and hasattr(thing, "__dict__") else {}, start)
        if kind == "struct" or hasattr(thing, "__dict__"):  # see `short_value`
            return None, ()
        if isinstance(thing, BaseException):
            thing = thing.args
        if isinstance(thing, dict):
            pairs = ((told(key), value) for at, (key, value) in enumerate(thing.items()) if at >= start)
        elif kind in ("set", "frozenset", "deque"):
            pairs = ((str(at), item) for at, item in enumerate(thing) if at >= start)
        elif isinstance(thing, tuple) or kind in ("list", "bytes", "bytearray", "array", "range", "ndarray"):
            pairs = ((str(at), thing[at]) for at in range(start, len(thing)))
        else:
            return None, ()
        return len(thing), pairs

    def named(space, start):
        names = [name for name in list(dict.keys(space)) if name[:2] != "__"]
        return len(names), ((name, space[name]) for name in names[start:])

    def told(thing):
        if kind_of(thing) in ("int", "float", "bool", "NoneType", "str", "bytes"):
            _, size, value = short_value(thing, length // 2)
            return value + "..." if size and size > length // 2 else value
        return "<%s>" % kind_of(thing)

    def first(thing, pairs):
        found = []
        for name, part in pairs:
            if len(found) == 4:
                found.append(None)
                break
            text = told(part)
            if has_names(thing):
                text = "%s=%s" % (name, text)
            elif isinstance(thing, dict):
                text = "%s: %s" % (name, text)
            found.append(text)
        return found

    def described(thing):
        name, size, value = short_value(thing, length)
        found = []
        holds = 0
        try:
            holds, pairs = inside(thing)
            if holds is not None and not has_names(thing):
                size = holds
                if name == "array":
                    value = repr(thing[:0])[7:-2]
                elif name == "range":
                    value = repr(thing)
            if name not in ("bytes", "bytearray", "module", "type"):
                found = first(thing, pairs)
        except Exception:
            pass
        return name, size, value, found, holds or 0

    def page(pairs, start, total, most, tell=described):
        """As many as an answer can hold: most, and 60 characters for each of these."""
        items = []
        size = 0
        for name, thing in pairs:
            if len(items) == most:
                break
            item = (name,) + tell(thing)
            size += len(repr(item))
            if items and size > 60 * most:
                break
            items.append(item)
        return start, items, total

    return inside, named, described, page
