"""Defines `__iot_clock__`, which finds the board's finest clock.

It returns the clock's name, after how much that begins anew (0 where it does not), and a function that reads
it as a whole number.
"""


def __iot_clock__():
    import time
    from builtins import Exception, getattr, int

    for name in ("ticks_us", "monotonic_ns"):
        read = getattr(time, name, None)
        if read:
            return name, time.ticks_add(0, -1) + 1 if name == "ticks_us" else 0, read
    try:
        from supervisor import ticks_ms

        return "ticks_ms", 1 << 29, ticks_ms
    except Exception:
        pass
    read = getattr(time, "ticks_ms", None)
    if read:
        return "ticks_ms", time.ticks_add(0, -1) + 1, read
    read = getattr(time, "monotonic", None) or time.time
    return "ms", 0, lambda: int(read() * 1000)
