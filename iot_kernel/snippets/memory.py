"""Collects garbage and prints how much memory is free and in use, the largest number, and what it is like.

What `micropython.mem_info` prints stands between the literal and 0x1F; nothing does where there is none.
"""


def __iot_x__():
    import gc
    import sys
    from builtins import Exception, getattr, print

    gc.collect()
    found = gc.mem_free(), gc.mem_alloc(), getattr(sys, "maxsize", 0)
    print("\x1eMARK%r\x1d" % (found,), end="")
    try:
        from micropython import mem_info

        mem_info()
    except Exception:
        pass
    print(end="\x1f")


try:
    __iot_x__()
finally:
    del __iot_x__
