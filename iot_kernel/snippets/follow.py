"""Follows a chain of names to a thing on the board; runs no code of the user's.

For an object of a user's class it looks into the object's own dictionary and then asks the class: to ask the
object itself would run its properties and its ``__getattr__``. Only such classes have a ``__module__``, where
``type()`` did not make them, and only their objects have a ``__dict__``. A board without ``__dict__`` finds
less. A ``struct`` of ``uctypes`` is not asked: that would read registers of the chip.
"""


def __iot_follow__(chain):
    import builtins
    from builtins import Exception, getattr, globals, hasattr, repr, type

    thing = builtins
    module = kind = type(builtins)
    is_own = False
    for name in chain:
        tells = hasattr(thing if kind is module else kind, "__dict__")
        inside = globals() if thing is builtins else {}
        if tells and (is_own or kind is module) and name not in inside:
            inside = thing.__dict__
        if name in inside:
            thing = inside[name]
        elif (tells and kind is module) or repr(kind)[8:-2] == "struct":
            raise Exception
        else:
            thing = getattr(kind if is_own else thing, name)
            if hasattr(builtins, "property") and type(thing) is builtins.property:
                raise Exception
        kind = type(thing)
        is_own = hasattr(kind, "__module__")
        if not is_own and kind is not module and kind is not type and repr(kind)[8:-2] != "struct":
            is_own = hasattr(thing, "__dict__")
    return thing, kind, is_own
