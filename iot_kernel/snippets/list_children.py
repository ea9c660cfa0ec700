"""Tells what a thing on the board consists of; runs no code of the user's.

The thing is found step by step from the variables: by a name in a module, a class or an object of a user's
class, by its place in what the firmware can hold things in. Each child is told of by `short_value`; of what
it holds itself, the first four are told, and None where there are more. False says that the thing is not
there.
"""


def __iot_list_children__(path, start, most, length):
    from builtins import Exception, dict, enumerate, globals, hasattr, len, print, repr, type

    def kind_of(thing):
        return repr(type(thing))[8:-2]

    def has_names(thing):
        return hasattr(type(thing), "__module__") or kind_of(thing) in ("type", "module")

    def inside(thing):
        kind = kind_of(thing)
        if has_names(thing):
            return named(thing.__dict__) if hasattr(thing, "__dict__") else ()
        if kind == "dict":
            return thing.items()
        if kind in ("list", "tuple", "set", "frozenset", "deque", "bytes", "bytearray", "array", "range"):
            return enumerate(thing)
        return ()

    def named(names):
        return ((name, names[name]) for name in dict.keys(names) if not name.startswith("__"))

    def told(thing):
        if kind_of(thing) in ("int", "float", "bool", "NoneType", "str", "bytes"):
            _, size, value = __iot_short_value__(thing, length)
            return value + "..." if size and size > length else value
        return "<%s>" % kind_of(thing)

    def first(thing):
        said = []
        for key, value in inside(thing):
            if len(said) > 3:
                said.append(None)
                break
            text = told(value)
            if has_names(thing):
                text = "%s=%s" % (key, text)
            elif kind_of(thing) == "dict":
                text = "%s: %s" % (told(key), text)
            said.append(text)
        return said

    try:
        items = named(globals())
        is_named = True
        for step in path:
            for place, item in enumerate(items):
                if item[0] == step if is_named else place == step:
                    break
            else:
                raise Exception
            thing = item[1]
            is_named = has_names(thing)
            items = inside(thing)
        said = []
        for place, (key, value) in enumerate(items):
            if place >= start:
                if len(said) == most:
                    said.append(None)
                    break
                name = key if is_named else told(key)
                said.append((name, __iot_short_value__(value, length), first(value)))
    except Exception:
        said = [False]
    print("\x1eMARK%s\x1f" % repr(said), end="")
