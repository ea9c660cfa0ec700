"""Copies a file to its name if it is what it should be; nothing stops that but the end of the power."""


def __iot_place__(say, path, temporary, digest, algorithm, unit):
    import os
    from builtins import open

    from micropython import kbd_intr

    feed = __iot_digest__(algorithm)
    with open(temporary, "rb") as file:
        while True:
            data = file.read(unit)
            if not data:
                break
            feed(data)
    if feed() != digest:
        return
    kbd_intr(-1)
    try:
        with open(temporary, "rb") as file:
            with open(path, "wb") as copy:
                while True:
                    data = file.read(unit)
                    if not data:
                        break
                    copy.write(data)
    finally:
        kbd_intr(3)
    os.remove(temporary)
    say(bytes(path, "utf-8"))
