"""Gives a file or directory another name."""


def __iot_rename__(say, old, new, again):
    import os
    from builtins import OSError

    def is_there(path):
        try:
            os.stat(path)
            return True
        except OSError:
            return False

    if is_there(new):
        if not again or is_there(old):
            raise OSError("EEXIST")
    else:
        os.rename(old, new)
