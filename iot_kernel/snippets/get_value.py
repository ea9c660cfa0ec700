"""Says whether in base64, a variable's value piece by piece, how much that was, and a check.

It says nothing if there is no such variable, and ends early behind so many bytes.
"""


def __iot_get__(say, name, most):
    import gc
    from builtins import Exception, globals, hasattr, len, max, min, sum

    try:
        from binascii import b2a_base64
    except Exception:
        b2a_base64 = None
    if name not in globals():
        return
    say(b2a_base64 is not None)
    gc.collect()
    unit = max(32, min(1024, gc.mem_free() // 64 & ~31)) if hasattr(gc, "mem_free") else 256
    parts = []
    length = total = check = 0

    def flush():
        nonlocal length, total, check
        data = b"".join(parts)
        parts.clear()
        total += length
        length = 0
        check = (check * 31 + sum(data)) & 0xFFFFFF
        say(b2a_base64(data) if b2a_base64 else data)

    for part in __iot_pack__(globals()[name], unit):
        parts.append(part)
        length += len(part)
        if length >= unit:
            flush()
            if total > most:
                break
    flush()
    say(total, check)
