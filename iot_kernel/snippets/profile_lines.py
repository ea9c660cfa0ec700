"""Leaves `__iot_profile__` behind, which measures functions and lines; see device/profiler.py.

It needs ``sys.settrace``, and `clock` before it. Called while it measures nothing it begins, called again it
ends and gives its argument back; called with a mark it tells what it found. Measured are the functions of
cells and of the modules MODULES. The time that measuring takes is left out as far as it can be told.
"""


def __iot_profile__():
    import sys
    from builtins import print

    clock, period, read = __iot_clock__()
    mask = period - 1
    state = [False, 0, 0, False]  # measures, ticks of our own, the last moment, had an exception
    rows = {}
    stack = []
    files = {"<stdin>": True}
    whole = [0]

    def wanted(file):
        if file not in files:
            path = file.split("/")
            name = path.pop().rsplit(".", 1)[0]
            if name == "__init__" and path:
                name = path.pop()
            files[file] = name in MODULES
        return files[file]

    def close(now):
        _, row, begin, inner, line, since = stack.pop()
        note(row, line, since, now)
        taken = (now - begin) & mask
        row[4] -= 1
        row[2] += taken - inner
        if not row[4]:
            row[3] += taken
        if stack:
            stack[-1][3] += taken
        else:
            whole[0] += taken

    def note(row, line, since, now):
        if line:
            found = row[5].get(line)
            if not found:
                found = row[5][line] = [0, 0]
            found[0] += 1
            found[1] += (now - since) & mask

    def is_below(frame, caller):
        while caller:
            if caller is frame:
                return True
            caller = caller.f_back
        return False

    def trace(frame, event, argument):
        begun = read()
        if not state[0]:
            return None
        now = state[2] = (begun - state[1]) & mask
        answer = trace
        if event == "call":
            if state[3]:
                state[3] = False
                while stack and not is_below(stack[-1][0], frame.f_back):
                    close(now)
            code = frame.f_code
            if code.co_name[:5] != "__iot" and wanted(code.co_filename):
                key = code.co_filename, code.co_name, code.co_firstlineno
                row = rows.get(key)
                if not row:
                    row = rows[key] = [0, 0, 0, 0, 0, {}]
                row[1] += 1
                row[4] += 1
                stack.append([frame, row, now, 0, 0, now])
            else:
                answer = None
        else:
            while stack and stack[-1][0] is not frame:
                close(now)
            if stack:
                if event == "line":
                    top = stack[-1]
                    note(top[1], top[4], top[5], now)
                    top[4] = frame.f_lineno
                    top[5] = now
                elif event == "return":
                    close(now)
                else:
                    state[3] = True
        state[1] += (read() - begun) & mask
        return answer

    def __iot__(value=None, tells=None):
        end = (read() - state[1]) & mask
        if state[0]:
            sys.settrace(None)
            state[0] = False
            if tells:
                end = state[2]
            while stack:
                close(end)
        elif not tells:
            sys.settrace(trace)
            state[3] = False
            state[0] = True
            state[2] = (read() - state[1]) & mask
        if tells:
            found = [(key[0], key[1], key[2], row[1], row[2], row[3], row[5]) for key, row in rows.items()]
            found.sort(key=lambda row: -row[4])
            print("\x1e%s(%r,%d,%d,%d,[" % (tells, clock, whole[0], whole[0], state[1]), end="")
            for row in found[:100]:
                lines = [(line, row[6][line][0], row[6][line][1]) for line in row[6]][:200]
                print("%r," % ((row[0], row[1], row[2], row[3], row[4], row[5], lines),), end="")
            print("])\x1f", end="")
        return value

    return __iot__


__iot_profile__ = __iot_profile__()
del __iot_clock__
