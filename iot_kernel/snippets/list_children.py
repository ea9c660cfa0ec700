"""Tells what a thing on the board consists of, or which variables there are; runs no code of the user's.

The thing is found step by step from the variables: by a name in a module, a class or an object of a user's
class, by its place in what the firmware can hold things in. The answer is a page of `parts`, and the thing
itself behind it. None says that the thing is not there.
"""


def __iot_list_children__(path, start, most, length):
    from builtins import Exception, globals, next, print, repr, type

    said = None
    try:
        inside, named, described, page = __iot_parts__(length)
        thing = globals()[path[0]] if path else None
        for step in path[1:]:
            if type(step) is type(0):
                thing = next(inside(thing, step)[1])[1]
            else:
                thing = thing.__dict__[step]
        total, pairs = inside(thing, start) if path else named(globals(), start)
        said = page(pairs, start, total or 0, most) + ((described(thing) if path else None),)
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(said), end="")
