"""Gives a function that takes data, and without data returns its CRC: for firmware without hashlib."""


def __iot_digest__(name):
    from binascii import crc32

    check = 0

    def feed(data=None):
        nonlocal check
        if data is not None:
            check = crc32(data, check)
        return check

    return feed
