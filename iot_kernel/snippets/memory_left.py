"""Tells how much memory is free, and what the largest piece is where the firmware says so.

It says so in blocks of four machine words, in a text of several lines.
"""


def __iot_memory_left__():
    import gc
    import sys
    from builtins import Exception, getattr, print

    gc.collect()
    print("\x1eMARK%d %d " % (gc.mem_free(), 32 if getattr(sys, "maxsize", 0) >> 32 else 16), end="")
    try:
        import micropython

        micropython.mem_info()
    except Exception:
        pass
    print("\x1f", end="")
