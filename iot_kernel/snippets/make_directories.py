"""Makes a directory, and those above it where they are missing."""


def __iot_mkdirs__(say, path):
    from builtins import OSError
    from os import mkdir, stat

    def is_directory(path):
        try:
            return stat(path)[0] & 0xF000 == 0x4000
        except OSError:
            return None

    at = -1 if not path or is_directory(path) else 0
    while at >= 0:
        at = path.find("/", at + 1)
        above = path if at < 0 else path[:at]
        try:
            mkdir(above)
        except OSError:
            found = is_directory(above)
            if found is None:
                raise
            if not found:
                raise OSError("EEXIST" if at < 0 else "ENOTDIR")
