"""Prints how many bytes of memory are free."""


def __iot_x__():
    import gc
    from builtins import print

    gc.collect()
    print(gc.mem_free())


__iot_x__()
del __iot_x__
