# ruff: noqa: A001, N801, UP031  (the names are ulab's, and the language is MicroPython)
"""Arrays as ulab's manual tells of them: dtypes are numbers, tobytes() refuses what is not dense, and it and
frombuffer() share the memory of what they are given."""

import struct

_bool, _float = bool, float

uint8, int8, uint16, int16 = ord("B"), ord("b"), ord("H"), ord("h")
float, complex, bool = ord("d"), ord("c"), ord("?")

_NAMES = {"B": "uint8", "b": "int8", "H": "uint16", "h": "int16", "d": "float64", "c": "complex", "?": "bool"}
_FORMATS = {"c": "dd", "?": "B"}


def _format(dtype):
    return _FORMATS.get(chr(dtype), chr(dtype))


class ndarray:
    def __init__(self, buffer, dtype, shape, step=1):
        self._buffer, self._dtype, self._step = buffer, dtype, step
        self.shape = shape
        self.itemsize = struct.calcsize(_format(dtype))

    def _items(self):
        every = self.itemsize * self._step
        starts = range(0, len(self._buffer), every)
        return [bytes(self._buffer[start : start + self.itemsize]) for start in starts]

    def tobytes(self):
        if self._step != 1:
            raise ValueError("tobytes can be invoked for dense arrays only")
        return self._buffer

    def flatten(self):
        data = bytearray(b"".join(self._items()))
        return ndarray(data, self._dtype, (len(data) // self.itemsize,))

    def reshape(self, shape):
        size = 1
        for length in shape:
            size *= length
        if len(shape) > 2 or size * self.itemsize != len(self._buffer):
            raise ValueError("cannot reshape array")
        return ndarray(self._buffer, self._dtype, shape)

    def __getitem__(self, every):
        assert every.start is None and every.stop is None
        return ndarray(
            self._buffer, self._dtype, ((self.shape[0] + every.step - 1) // every.step,), every.step
        )

    def __repr__(self):
        numbers = [struct.unpack(_format(self._dtype), item)[0] for item in self._items()]
        return "array(%r, dtype=%s)" % (numbers, _NAMES[chr(self._dtype)])


def frombuffer(buffer, dtype=float, count=-1, offset=0):
    size = struct.calcsize(_format(dtype))
    if len(buffer) % size:
        raise ValueError("buffer size must be a multiple of element size")
    return ndarray(buffer, dtype, (len(buffer) // size,))


def array(items, dtype=float):
    data = bytearray(b"".join([struct.pack(_format(dtype), item) for item in items]))
    return ndarray(data, dtype, (len(items),))
