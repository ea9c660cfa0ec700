"""Prints how many bytes the largest block of free memory has, found by trying: for boards that do not tell.

It is up to 15 bytes too small.
"""


def __iot_x__():
    import gc
    from builtins import MemoryError, bytearray, print

    gc.collect()
    low = 0
    high = gc.mem_free()
    while high - low > 15:
        middle = (low + high) // 2
        try:
            bytearray(middle)
            low = middle
        except MemoryError:
            high = middle
        gc.collect()
    print("\x1eMARK%d\x1f" % low, end="")


try:
    __iot_x__()
finally:
    del __iot_x__
