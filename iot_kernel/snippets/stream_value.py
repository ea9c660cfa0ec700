"""Makes a stream of a value, which can be read in pieces of any length."""


def __iot_stream__(value):
    from builtins import StopIteration, len, next

    pieces = __iot_pack__(value, 256)

    class Stream:
        rest = b""

        def read(self, size):
            parts = [self.rest]
            length = len(self.rest)
            try:
                while length < size:
                    parts.append(next(pieces))
                    length += len(parts[-1])
            except StopIteration:
                pass
            data = b"".join(parts)
            self.rest = data[size:]
            return data[:size]

        def close(self):
            pass

    return Stream()
