"""Says size and time of files; a directory has the size -1, and what is not there -2."""


def __iot_stat__(say, paths):
    import os
    from builtins import OSError, hasattr

    for path in paths:
        try:
            if hasattr(os, "stat"):
                stat = os.stat(path)
                say(-1 if stat[0] & 0xF000 == 0x4000 else stat[6], stat[8])
            else:
                say(os.size(path), 0)
        except OSError as error:
            if error.args[0] not in (2, 44, "file not found"):
                raise
            say(-2, 0)
