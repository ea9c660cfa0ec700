"""Sets the clock when a count of milliseconds is reached; says which one it found, nothing without any."""


def __iot_set_time__(say, when, year, month, day, hour, minute, second, weekday):
    import time
    from builtins import AttributeError, Exception, getattr, int

    ticks = getattr(time, "ticks_ms", None) or (lambda: int(time.monotonic() * 1000))
    now = (year, month, day, weekday, hour, minute, second, 0)
    try:
        try:
            from machine import RTC
        except Exception:
            from pyb import RTC
        name = "RTC"
        clock = RTC()
        try:
            put = clock.datetime
        except AttributeError:
            now = (year, month, day, hour, minute, second, 0, None)
            put = clock.init
    except Exception:
        try:
            from rtc import RTC
        except Exception:
            return
        name = "rtc"
        now = time.struct_time((year, month, day, hour, minute, second, weekday, -1, -1))

        def put(now):
            RTC().datetime = now

    rest = getattr(time, "sleep_ms", None) or (lambda ms: time.sleep(ms / 1000))
    while (when - ticks()) & 0x3FFFFFFF < 0x10000000:
        rest(1)
    put(now)
    say(name)
