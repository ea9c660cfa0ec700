"""Removes a directory with all in it, in batches: a board may not have the memory for all names."""


def __iot_remove__(say, path):
    import os
    from builtins import getattr, isinstance, len, str

    directories = [path]
    while directories:
        directory = directories[-1]
        batch = []
        for entry in getattr(os, "ilistdir", os.listdir)(directory):
            batch.append(entry if isinstance(entry, str) else entry[0])
            if len(batch) == 32:
                break
        for name in batch:
            inner = directory + "/" + name
            if os.stat(inner)[0] & 0xF000 == 0x4000:
                directories.append(inner)
            else:
                os.remove(inner)
        if not batch:
            os.rmdir(directory)
            directories.pop()
