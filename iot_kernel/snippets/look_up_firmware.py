"""Tells what `look_up` does of a thing in a module of the firmware, which `firmware` finds; see there."""


def __iot_look_up_firmware__(module, inside, prefix, most, keys):
    from builtins import Exception, dict, dir, print, repr, str, type

    found = None
    try:
        thing = __iot_firmware__(module, inside)
        names = dir(thing)
        if keys:
            names = thing if type(thing) is dict else ()
        names = [name for name in names if type(name) is str and name.startswith(prefix)]
        names[most:] = [None] if names[most:] else []
        found = names
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(found), end="")
