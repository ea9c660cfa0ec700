"""Tells the names of variables that begin with some letters and hold what can be copied to the host."""


def __iot_variables__(prefix, most, kinds):
    from builtins import Exception, globals, len, list, print, repr, type

    found = []
    try:
        for name in list(globals()):
            if name.startswith(prefix) and name[:2] != "__" and repr(type(globals()[name]))[8:-2] in kinds:
                if len(found) == most:
                    found.append(None)
                    break
                found.append(name)
    except Exception:
        pass
    print("\x1eMARK%s\x1f" % repr(found), end="")
