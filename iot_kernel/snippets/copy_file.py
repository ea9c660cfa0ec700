"""Copies a file; the copy gets its name when it is known to be right."""


def __iot_copy__(say, old, new, temporary, algorithm, unit):
    from builtins import OSError, len, open

    feed = __iot_digest__(algorithm)
    with open(temporary, "wb") as copy:
        for data in __iot_pieces__(old, unit):
            feed(data)
            if copy.write(data) != len(data):
                raise OSError("ENOSPC")
    __iot_place__(say, new, temporary, feed(), algorithm, unit)
