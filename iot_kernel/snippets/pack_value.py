"""Gives a value as bytes, in pieces; the layout is told in values/wire_format.py."""


def __iot_pack__(value, longest):
    import struct
    from builtins import (
        StopIteration,
        ValueError,
        bytes,
        isinstance,
        iter,
        len,
        next,
        range,
        repr,
        str,
        tuple,
        type,
    )

    kinds = {"list": "l", "tuple": "t", "set": "e", "frozenset": "z", "dict": "d", "OrderedDict": "o"}
    levels = [iter((value,))]
    while levels:
        try:
            value = next(levels[-1])
        except StopIteration:
            levels.pop()
            continue
        kind = "tuple" if isinstance(value, tuple) else str(type(value))[8:-2]
        data = b""
        step = longest
        if value is None:
            head = "n"
        elif kind == "bool":
            head = "v1" if value else "v"
        elif kind == "int":
            head = "i%x" % value
        elif kind in kinds and len(levels) < 65:
            head = kinds[kind] + "%x" % len(value)
            levels.append(
                (part for pair in value.items() for part in pair) if head[0] in "do" else iter(value)
            )
        elif kind == "ndarray":
            head = "u3"
            try:
                data = value.tobytes()
            except ValueError:
                data = value.flatten().tobytes()
            levels.append(iter((repr(value).split("dtype=")[-1][:-1], value.shape, data)))
            data = b""
        else:
            head = "x"
            if kind == "float":
                head = "f"
                data = struct.pack("<d", value)
            elif kind == "complex":
                head = "c"
                data = struct.pack("<dd", value.real, value.imag)
            elif kind == "str":
                head = "s"
                data = bytes(value, "utf-8")
            elif kind in ("bytes", "bytearray"):
                head = "b" if kind == "bytes" else "y"
                data = value
            elif kind == "array" and repr(value[:0])[7] in "bBhHiIlLqQfd":
                code = repr(value[:0])[7]
                size = struct.calcsize(code)
                head = "a%s%d" % (code, size)
                step //= size
                data = value
            else:
                data = bytes(kind, "utf-8")
            head += "%x" % (len(data) * (longest // step))
        yield bytes(head + ";", "utf-8")
        for start in range(0, len(data), step):
            yield bytes(data[start : start + step])
