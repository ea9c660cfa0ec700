"""Removes and renames what is there."""


def __iot_change__(say, action, path, new):
    import os

    if action != "rename" and hasattr(os, "stat"):
        is_directory = os.stat(path)[0] & 0xF000 == 0x4000
        if is_directory != (action == "rmdir"):
            raise OSError(21 if is_directory else 20)
    if new:
        os.rename(path, new)
    else:
        getattr(os, action)(path)
