"""Says each file of a file system without directories and clock."""


def __iot_list__(say, root, sizes, algorithm, unit, deep):
    import os
    from builtins import bytes

    say(None, True, None)
    for name in os.listdir():
        size = os.size(name)
        check = None
        if sizes is None or size in sizes:
            feed = __iot_digest__(algorithm)
            for data in __iot_pieces__(name, unit):
                feed(data)
            check = feed()
        say(bytes(name, "utf-8"), size, 0, check, False)
