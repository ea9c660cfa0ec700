"""Sends what some streams hold, in frames; see files/download.py."""


def __iot_send__(nonce, sources, frame):
    import gc
    import struct
    from binascii import crc32

    try:
        import hashlib

        kind = int(not hasattr(hashlib, "sha256"))
        new = hashlib.sha1 if kind else hashlib.sha256
    except (ImportError, AttributeError):
        kind = 2
        new = None
    gc.collect()
    unit = max(256, min(4094, gc.mem_free() // 24))
    sequence = failed = sent = 0
    try:
        for source in sources:
            stream = source()
            check = new() if new else 0
            while True:
                data = stream.read(unit)
                if not data:
                    break
                if new:
                    check.update(data)
                else:
                    check = crc32(data, check)
                frame(sequence, struct.pack("<BB", nonce, 0) + data)
                sequence += 1
            stream.close()
            digest = check.digest() if new else struct.pack("<I", check)
            frame(sequence, struct.pack("<BBB", nonce, 1, kind) + digest)
            sequence += 1
            sent += 1
    except OSError as error:
        failed = error.args[0] or 5
    print("\n%d %d %d" % (nonce, failed, sent))


__iot_send__(NONCE, SOURCES, __iot_frame__)
