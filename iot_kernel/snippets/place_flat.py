"""Copies a file to its name if it is what it should be; nothing stops that but the end of the power.

The file that has the name is removed first. Where the new one is longer, it is tried before whether there is
space.
"""


def __iot_place__(say, path, temporary, digest, algorithm, unit):
    import os
    from builtins import OSError, bytes, open

    from micropython import kbd_intr

    feed = __iot_digest__(algorithm)
    for data in __iot_pieces__(temporary, unit):
        feed(data)
    if feed() != digest:
        return
    try:
        more = os.size(temporary) - os.size(path)
    except OSError:
        more = 0
    kbd_intr(-1)
    try:
        if more > 0:
            trial = "~" + temporary
            with open(trial, "wb") as copy:
                while more > 0:
                    copy.write(bytes(unit))
                    more -= unit
            os.remove(trial)
        with open(path, "wb") as copy:
            for data in __iot_pieces__(temporary, unit):
                copy.write(data)
    finally:
        kbd_intr(3)
    os.remove(temporary)
    say(bytes(path, "utf-8"))
