"""Tells of things on a board: their type, size, a short value and what is inside; runs no code of the user's.

What an answer holds is bounded: fifty things, and 3000 characters.
"""


def __iot_values__():
    from builtins import BaseException, dict, enumerate, frozenset, getattr, hasattr, int, isinstance, len
    from builtins import list, range, repr, set, str, type

    things = []

    def page(pairs, start, total):
        items = []
        size = 0
        for name, thing in pairs[:50]:
            item = (name,) + described(thing)
            size += len(repr(item))
            if size > 3000:
                break
            items.append(item)
        return start, items, total

    def children(index, start):
        thing = things[index - 1]
        if isinstance(thing, BaseException) and not hasattr(type(thing), "__module__"):
            thing = thing.args
        kind = type(thing)
        is_dict = kind is dict or repr(kind)[8:-2] == "OrderedDict"
        if is_dict or kind in (set, frozenset) or repr(kind)[8:-2] == "deque":
            pairs = []
            for at, item in enumerate(thing.items() if is_dict else thing):
                if start <= at < start + 50:
                    pairs.append((named(item[0]), item[1]) if is_dict else ("[%d]" % at, item))
            return page(pairs, start, len(thing))
        if has_attributes(thing, kind):
            names = list(thing.__dict__)
            return page(
                [(name, thing.__dict__[name]) for name in names[start : start + 50]], start, len(names)
            )
        some = thing[start : start + 50]
        return page([("[%d]" % (start + at), some[at]) for at in range(len(some))], start, len(thing))

    def named(key):
        text = described(key, False)
        return "[%s]" % (text[2] or "%s %r" % (text[0], text[1]))

    def has_attributes(thing, kind):
        is_own = hasattr(kind, "__module__") and hasattr(kind, "__dict__")
        return is_own or (repr(kind)[8:-2] in ("module", "type") and hasattr(thing, "__dict__"))

    def described(thing, is_kept=True):
        kind = type(thing)
        name = repr(kind)[8:-2]
        size = text = None
        holds = False
        if has_attributes(thing, kind):
            holds = True
            if name in ("module", "type"):
                text = thing.__name__
        elif hasattr(kind, "__module__"):
            pass
        elif name in ("int", "float", "complex", "bool", "NoneType"):
            text = repr(thing)[:80]
        elif name in ("str", "bytes", "bytearray"):
            size = len(thing)
            text = repr(thing[:80])
            holds = name != "str" and size
        elif name in ("list", "tuple", "dict", "set", "frozenset", "array", "deque", "range", "OrderedDict"):
            size = len(thing)
            holds = size
        elif name == "function":
            text = getattr(thing, "__name__", None)
        elif isinstance(thing, BaseException):
            size = holds = len(thing.args)
            text = ", ".join([repr(each)[:80] for each in thing.args if type(each) in (str, int)])
        reference = 0
        if holds and is_kept:
            things.append(thing)
            reference = len(things)
        return name, size, text, reference

    return things, described, page, children
