"""Says the contents of files piece by piece, and behind each its digest."""


def __iot_print__(say, paths, algorithm, unit, base64):
    from builtins import bytes

    if base64:
        from binascii import b2a_base64
    for path in paths:
        feed = __iot_digest__(algorithm)
        for data in __iot_pieces__(path, unit):
            feed(data)
            say(b2a_base64(data)[:-1] if base64 else bytes(data))
        say(feed(), True)
