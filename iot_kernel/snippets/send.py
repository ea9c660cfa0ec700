"""Sends parts of what some streams hold, in frames; see files/download.py.

A frame is as long as the wire takes little time for: the longer it is under way, the likelier another
thread's text tears it.
"""


def __iot_send__(nonce, requests, longest, frame):
    import gc
    from ubinascii import crc32
    from utime import ticks_ms

    import ustruct as struct

    try:
        import uhashlib as hashlib

        kind = int(not hasattr(hashlib, "sha256"))
        new = hashlib.sha1 if kind else hashlib.sha256
    except (ImportError, AttributeError):
        kind = 2
        new = None
    gc.collect()
    longest = min(longest, max(256, gc.mem_free() // 24))
    unit = min(longest, 1024)
    sequence = index = here = 0

    def send(what, number, data):
        nonlocal sequence
        frame(sequence, struct.pack("<BBHI", nonce, what, index, number) + data)
        sequence += 1

    def read(end):
        nonlocal here, check
        data = stream.read(min(unit, end - here))
        here += len(data)
        if not ends:
            pass
        elif new:
            check.update(data)
        else:
            check = crc32(data, check)
        return data

    try:
        for source, *more in requests:
            parts, ends = more or (((0, 0x3FFFFFFF),), True)
            stream = source()
            check = new() if new else 0
            here = 0
            for start, end in parts:
                if not ends and hasattr(stream, "seek"):
                    stream.seek(start)
                    here = start
                while here < start and read(start):
                    pass
                while here < end:
                    at = here
                    data = read(end)
                    if not data:
                        break
                    began = ticks_ms()
                    send(0, at, data)
                    began = ticks_ms() - began
                    if began < 25:
                        unit = min(longest, unit * 2)
                    elif began > 200:
                        unit = max(min(longest, 256), unit // 2)
            if ends:
                while read(0x3FFFFFFF):
                    pass
                send(1, here, bytes([kind]) + (check.digest() if new else struct.pack("<I", check)))
            stream.close()
            index += 1
    except OSError as error:
        send(2, error.args[0] or 5, b"")
    except MemoryError:
        send(2, 12, b"")


__iot_send__(NONCE, REQUESTS, LONGEST, __iot_frame__)
