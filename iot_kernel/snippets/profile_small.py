"""Does what `profile_functions` does, for functions among the variables only, in less memory.

Called with a second argument it gives what `tell_profile_small` tells.
"""


def __iot_profile__():
    from builtins import globals, list, type
    from time import ticks_diff, ticks_us

    variables = globals()
    rows = []
    state = [0, 0, 0, 0, 0, 0]  # measures, time of inner functions, the beginning, the end, and the sums

    def wrap(function, name):
        row = [name, 0, 0, 0, 0, function]

        def __iot__(*arguments, **options):
            if not state[0]:
                return function(*arguments, **options)
            row[1] += 1
            row[4] += 1
            outer = state[1]
            state[1] = 0
            begin = ticks_us()
            try:
                result = function(*arguments, **options)  # MicroPython 1.9 loses a value returned from here
            finally:
                state[3] = ticks_us()
                taken = ticks_diff(state[3], begin)
                row[4] -= 1
                row[2] += taken - state[1]
                if not row[4]:
                    row[3] += taken
                state[1] = outer + taken
            return result

        row.append(__iot__)
        rows.append(row)
        return __iot__

    def __iot__(value=None, tells=None):
        if state[0]:
            if not tells:
                state[3] = ticks_us()
            state[4] += ticks_diff(state[3], state[2])
            state[5] += state[1]
            state[0] = 0
        elif not tells:
            for name in list(variables):
                found = variables[name]
                if name[:5] != "__iot" and type(found) is type(__iot_end__):
                    variables[name] = wrap(found, name)
            state[0] = 1
            state[1] = 0
            state[2] = state[3] = ticks_us()
        return (rows, state, wrap) if tells else value

    def __iot_end__():
        pass

    return __iot__


__iot_profile__ = __iot_profile__()
