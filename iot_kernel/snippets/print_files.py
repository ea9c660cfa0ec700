"""Says the contents of files piece by piece, and behind each its digest."""


def __iot_print__(say, paths, algorithm, unit, base64):
    from builtins import open

    if base64:
        from binascii import b2a_base64
    for path in paths:
        feed = __iot_digest__(algorithm)
        with open(path, "rb") as file:
            while True:
                data = file.read(unit)
                if not data:
                    break
                feed(data)
                say(b2a_base64(data)[:-1] if base64 else data)
        say(feed(), True)
