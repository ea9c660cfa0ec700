"""Prints who the board is."""


def __iot_who__():
    import gc
    import sys
    from builtins import Exception, getattr, hasattr, print, str

    try:
        from machine import unique_id

        uid = unique_id()
    except Exception:
        try:
            from microcontroller import cpu

            uid = cpu.uid
        except Exception:
            uid = b""
    system = sys.implementation
    machine = getattr(system, "_machine", "")
    if not machine:
        try:
            import os

            machine = os.uname().machine
        except Exception:
            pass
    gc.collect()
    free = gc.mem_free() if hasattr(gc, "mem_free") else None
    version = ".".join([str(part) for part in system.version[:3]])
    print((":".join(["%02x" % byte for byte in uid]), system.name, version, sys.platform, machine, free))


try:
    __iot_who__()
finally:
    del __iot_who__
