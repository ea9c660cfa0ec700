"""Takes a value as bytes, in any pieces, and hands it on when it is whole; see values/wire_format.py."""


def __iot_unpack__(done, place):
    import struct
    from builtins import bytearray, bytes, chr, getattr, int, len, min, range, set, str, tuple

    buffer = b""
    at = number = 0
    levels = []

    def add(value):
        if levels:
            levels[-1][2].append(value)
        else:
            done(value)

    while True:
        end = buffer.find(b";", at)
        if end < 0:
            buffer = buffer[at:] + (yield)
            at = 0
            continue
        place[0] = number
        number += 1
        kind = chr(buffer[at])
        at += 1
        unit = 1
        target = None
        if kind == "a":
            import array

            target = array.array(chr(buffer[at]))
            unit = int(chr(buffer[at + 1]))
            at += 2
        value = int(buffer[at:end] or b"0", 16)
        at = end + 1
        if kind in "sbyfca":
            size = value
            value = bytearray() if target is None else target
            while size:
                part = min(size, len(buffer) - at, 256 + len(value) // 4 * unit)
                part -= part % unit
                value.extend(buffer[at : at + part])
                at += part
                size -= part
                if size and not part:
                    buffer = buffer[at:] + (yield)
                    at = 0
            if kind == "s":
                value = str(value, "utf-8")
            elif kind == "b":
                value = bytes(value)
            elif kind == "f":
                value = struct.unpack("<d", value)[0]
            elif kind == "c":
                from builtins import complex

                value = complex(*struct.unpack("<dd", value))
        if kind == "n":
            value = None
        elif kind == "v":
            value = value > 0
        if kind in "ltezdou":
            levels.append((kind, value * 2 if kind in "do" else value, [], place[0]))
        else:
            add(value)
        while levels and len(levels[-1][2]) == levels[-1][1]:
            kind, size, value, place[0] = levels.pop()
            if kind == "t":
                value = tuple(value)
            elif kind == "e":
                value = set(value)
            elif kind == "z":
                from builtins import frozenset

                value = frozenset(value)
            elif kind == "u":
                from ulab import numpy

                kind, shape, value = value
                value = numpy.frombuffer(value, dtype=getattr(numpy, kind)).reshape(shape)
            elif kind != "l":
                pairs = value
                value = {}
                if kind == "o":
                    import collections

                    value = collections.OrderedDict()
                for size in range(0, len(pairs), 2):
                    value[pairs[size]] = pairs[size + 1]
            add(value)
