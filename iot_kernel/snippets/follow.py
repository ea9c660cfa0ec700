"""Follows a chain of names to a thing on the board; runs no code of the user's.

For an object of a user's class it looks into the object's own dictionary and then asks the class: to ask the
object itself would run its properties and its ``__getattr__``. Only classes that a user wrote have a
``__module__``. A board without ``__dict__`` finds less.
"""


def __iot_follow__(chain):
    import builtins
    from builtins import Exception, getattr, globals, hasattr, type

    thing = builtins
    for name in chain:
        kind = type(thing)
        is_own = hasattr(kind, "__module__")
        tells = hasattr(thing if kind is type(builtins) else kind, "__dict__")
        inside = globals() if thing is builtins else {}
        if tells and (is_own or kind is type(builtins)) and name not in inside:
            inside = thing.__dict__
        if name in inside:
            thing = inside[name]
        elif tells and kind is type(builtins):
            raise Exception
        else:
            thing = getattr(kind if is_own else thing, name)
            if hasattr(builtins, "property") and type(thing) is builtins.property:
                raise Exception
    return thing
