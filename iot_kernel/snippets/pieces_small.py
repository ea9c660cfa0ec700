"""Reads a file piece by piece, on firmware that has no views of memory."""


def __iot_pieces__(path, unit):
    from builtins import open

    with open(path, "rb") as file:
        data = True
        while data:
            data = file.read(unit)
            if data:
                yield data
