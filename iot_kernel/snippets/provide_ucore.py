"""Makes a module of what a program has defined, among whose names this runs, or adds that to the module."""


def __iot_provide__(known):
    import sys
    from builtins import setattr, type

    module = sys.modules.get("ucore") or type("ucore", (), {"_names": known})()
    for name in known:
        if name[0] != "_":
            setattr(module, name, known[name])
    sys.modules["ucore"] = module


__iot_provide__(globals())
