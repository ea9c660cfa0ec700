"""Follows a chain of names to a thing on the board; runs no code of the user's.

For an object of a user's class it looks into the object's own dictionary and then asks the class: to ask the
object itself would run its properties and its ``__getattr__``. Only such classes have a ``__module__``, where
``type()`` did not make them, and only their objects have a ``__dict__``. A board without ``__dict__`` finds
less. To look for one in a ``struct`` of ``uctypes`` is an error: asked for more, it would read registers.
"""


def __iot_follow__(chain):
    import builtins

    thing = builtins
    module = kind = builtins.type(thing)
    is_own = False
    for name in chain:
        tells = builtins.hasattr(thing if kind is module else kind, "__dict__")
        inside = builtins.globals() if thing is builtins else {}
        if tells and (is_own or kind is module) and name not in inside:
            inside = thing.__dict__
            builtins.dict.keys(inside)  # an error where the user has put something else there
        if name in inside:
            thing = inside[name]
        elif tells and kind is module:
            raise builtins.Exception
        else:
            thing = builtins.getattr(kind if is_own else thing, name)
        kind = builtins.type(thing)
        if builtins.repr(kind)[8:-2] == "property":
            raise builtins.Exception
        is_own = builtins.hasattr(kind, "__module__")
        if kind not in (module, builtins.type):
            is_own = is_own or builtins.hasattr(thing, "__dict__")
    return thing, kind, is_own
