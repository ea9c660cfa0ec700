"""Leaves `__iot_profile__` behind, which measures the user's functions; see device/profiler.py.

Called while it measures nothing it begins: it puts a function that measures in the place of each function
among the user's variables, in their classes, and in the modules MODULES. Called again it ends, and gives its
argument back. Called with a mark it puts everything back and tells what it found. It needs `clock` before it.
What stands in the place of the user's functions has the name by which frames of ours are left out of
tracebacks.
"""


def __iot_profile__():
    import gc
    from builtins import (
        Exception,
        __import__,
        dir,
        getattr,
        globals,
        hasattr,
        isinstance,
        list,
        print,
        range,
        setattr,
        type,
    )

    try:
        from _thread import get_ident
    except Exception:

        def get_ident():
            return 0

    variables = globals()
    clock, period, read = __iot_clock__()
    mask = period - 1
    own = get_ident()
    state = [None, 0, 0, 0]  # the thread, time of inner functions, the beginning, the end
    rows = []
    changed = []
    replaced = []

    def wrap(function, name):
        for old, new in replaced:
            if function is old or function is new:
                return new
        row = [name, 0, 0, 0, 0]
        rows.append(row)

        def __iot__(*arguments, **options):
            if get_ident() != state[0]:
                return function(*arguments, **options)
            row[1] += 1
            row[4] += 1
            outer = state[1]
            state[1] = 0
            begin = read()
            try:
                result = function(*arguments, **options)  # MicroPython 1.9 loses a value returned from here
            finally:
                end = state[3] = read()
                taken = (end - begin) & mask
                row[4] -= 1
                row[2] += taken - state[1]
                if not row[4]:
                    row[3] += taken
                state[1] = outer + taken
            return result

        replaced.append((function, __iot__))
        return __iot__

    def plain():
        pass

    kinds = type(plain), type(wrap)

    def sweep(place, names, get, prefix):
        for name in names:
            if name[:5] == "__iot":
                continue
            value = get(name)
            if type(value) in kinds:
                new = wrap(value, prefix + name)
                if new is value:
                    continue
                if place is variables:
                    place[name] = new
                    continue
                try:
                    setattr(place, name, new)
                    changed.append((place, name, value))
                except Exception:
                    pass
            elif isinstance(value, type) and hasattr(value, "__module__") and hasattr(value, "__dict__"):
                if value not in seen:
                    seen.append(value)
                    sweep(value, list(value.__dict__), value.__dict__.get, prefix + name + ".")

    def find():
        sweep(variables, list(variables), variables.get, "")
        for name in MODULES:
            module = __import__(name)
            for part in name.split(".")[1:]:
                module = getattr(module, part)
            names = {item: getattr(module, item) for item in dir(module)}
            sweep(module, list(names), names.get, name + ".")

    def back():
        for name in list(variables):
            for old, new in replaced:
                if variables[name] is new:
                    variables[name] = old
        for place, name, old in changed:
            setattr(place, name, old)

    def cost():
        new = wrap(plain, "")
        state[0] = own
        begin = read()
        for _ in range(10):
            new()
        middle = read()
        for _ in range(10):
            plain()
        end = read()
        state[0] = None
        return ((middle - begin) & mask) - ((end - middle) & mask)

    def __iot__(value=None, tells=None):
        if state[0] is None and not tells:
            del seen[:]
            find()
            gc.collect()
            state[1] = 0
            state[0] = own
            state[2] = state[3] = read()
        else:
            end = read()
            if state[0] is not None:
                state[0] = None
                whole[0] += ((state[3] if tells else end) - state[2]) & mask
                whole[1] += state[1]
        if tells:
            back()
            found = [row for row in rows if row[1]]
            found.sort(key=lambda row: -row[2])
            print("\x1e%s(%r,%d,%d,%d,[" % (tells, clock, whole[0], whole[1], cost()), end="")
            for row in found[:100]:
                print("%r," % (("", row[0], 0, row[1], row[2], row[3], []),), end="")
            print("])\x1f", end="")
        return value

    seen = []
    whole = [0, 0]
    return __iot__


__iot_profile__ = __iot_profile__()
del __iot_clock__
