"""Says size and time of a file; a directory has the size -1."""


def __iot_stat__(say, path):
    import os

    if not hasattr(os, "stat"):
        say(os.size(path), 0)
        return
    stat = os.stat(path)
    say(-1 if stat[0] & 0xF000 == 0x4000 else stat[6], stat[8])
