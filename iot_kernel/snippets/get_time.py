"""Says the time, a count of milliseconds, and the year in which the clock is 0; nothing without a clock.

It waits for the next second if it is told to, and a little longer at most. It looks once in a millisecond,
so that threads run meanwhile and the processor rests.
"""


def __iot_time__(say, waits):
    import time
    from builtins import Exception, getattr, hasattr, int, tuple

    ticks = getattr(time, "ticks_ms", None) or (lambda: int(time.monotonic() * 1000))
    try:
        now = time.localtime()
        epoch = time.gmtime(0)[0] if hasattr(time, "gmtime") else time.localtime(0)[0]
    except Exception:
        return
    rest = getattr(time, "sleep_ms", None) or (lambda ms: time.sleep(ms / 1000))
    begin = ticks()
    while waits and now[5] == time.localtime()[5] and (ticks() - begin) & 0x3FFF < 1500:
        rest(1)
    now = time.localtime()
    say(tuple(now)[:6], ticks(), epoch)
