"""Gives a file its name if it is what it should be, in place of the one that has the name."""


def __iot_place__(say, path, temporary, digest, algorithm, unit):
    import os
    from builtins import OSError, bytes

    feed = __iot_digest__(algorithm)
    for data in __iot_pieces__(temporary, unit):
        feed(data)
    if feed() != digest:
        return
    try:
        os.rename(temporary, path)
    except OSError as error:
        if error.args[0] != 17:
            raise
        os.remove(path)
        os.rename(temporary, path)
    say(bytes(path, "utf-8"))
