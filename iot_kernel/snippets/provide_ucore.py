"""Makes a module of what a program has defined, among whose names this runs."""


def __iot_provide__(known, module):
    import sys
    from builtins import setattr

    for name in known:
        if name[0] != "_":
            setattr(module, name, known[name])
    sys.modules["ucore"] = module


__iot_provide__(globals(), type("ucore", (), {})())
