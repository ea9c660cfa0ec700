"""Copies a file; the copy gets its name when it is known to be right."""


def __iot_copy__(say, old, new, temporary, algorithm, unit):
    from builtins import len, open

    def pieces(path):
        with open(path, "rb") as file:
            data = True
            while data:
                data = file.read(unit)
                yield data

    expected = __iot_digest__(algorithm)
    with open(temporary, "wb") as copy:
        for data in pieces(old):
            expected(data)
            if copy.write(data) != len(data):
                raise OSError("ENOSPC")
    __iot_place__(say, new, temporary, expected(), algorithm, unit)
