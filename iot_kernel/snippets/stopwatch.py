"""Leaves `__iot_watch__` behind, which notes the time at each call and gives its argument back.

Called with a mark as second argument it tells which clock it reads, after how much that begins anew, its
smallest steps, and what was noted; the first times are of calls one after the other, which tell what a call
takes. It needs `clock` before it. Its own name inside is the one by which frames of ours are left out of
tracebacks.
"""


def __iot_watch__():
    from builtins import len, print, range

    name, period, read = __iot_clock__()
    steps = []
    begin = read()
    for _ in range(9999):
        end = read()
        if end != begin:
            steps.append(end - begin)
            begin = end
            if len(steps) > 3:
                break
    noted = []

    def __iot__(value=None, tells=None):
        if tells:
            print("\x1e%s%r\x1f" % (tells, (name, period, steps, noted)), end="")
        else:
            noted.append(read())
        return value

    for _ in range(4):
        __iot__()
    return __iot__


__iot_watch__ = __iot_watch__()
del __iot_clock__
