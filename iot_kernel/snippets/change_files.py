"""Removes files or empty directories; says which cannot be removed, and why."""


def __iot_change__(say, action, paths, again):
    import os
    from builtins import OSError, getattr, hasattr

    index = 0
    for path in paths:
        try:
            if hasattr(os, "stat"):
                is_directory = os.stat(path)[0] & 0xF000 == 0x4000
                if is_directory != (action == "rmdir"):
                    raise OSError("EISDIR" if is_directory else "ENOTDIR")
            getattr(os, action)(path)
        except OSError as error:
            failed = error.args[0]
            if not again or failed not in (2, 44, "file not found"):
                if action == "rmdir" and failed == 13:
                    for _ in getattr(os, "ilistdir", os.listdir)(path):
                        failed = "ENOTEMPTY"
                        break
                say(index, failed)
                return
        index += 1
