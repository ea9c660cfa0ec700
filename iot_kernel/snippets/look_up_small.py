"""Does what `look_up` and `follow` do, in little memory, on MicroPython 1.9.

There ``dir`` tells what an object has itself and what its class has, without those that it inherits, and asks
nobody.
"""


def __iot_look_up__(chain, prefix, most, keys):
    import builtins
    from builtins import Exception, dict, dir, getattr, globals, print, repr, str, type

    try:
        thing = builtins
        for name in chain:
            if thing is builtins and name in globals():
                thing = globals()[name]
            else:
                thing = getattr(thing if name in dir(thing) else type(thing), name)
        found = [dir(thing), () if chain else globals()]
        if keys:
            found = [thing if type(thing) is dict else ()]
        print("\x1eMARK[", end="")
        for names in found:
            for name in names:
                if type(name) is str and name.startswith(prefix) and most >= 0:
                    most -= 1
                    print(repr(name) if most >= 0 else "None", end=",")
        print("]\x1f", end="")
    except Exception:
        print("\x1eMARKNone\x1f", end="")
