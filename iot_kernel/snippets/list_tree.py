"""Says the clock and the space, then each directory and behind it its files, as it comes to them.

Where something is mounted, the entry in the root directory has three parts; that of files and directories has
four, on most ports.
"""


def __iot_list__(say, root, sizes, algorithm, unit, deep):
    import os
    from builtins import open

    def digest(path):
        feed = __iot_digest__(algorithm)
        with open(path, "rb") as file:
            while True:
                data = file.read(unit)
                if not data:
                    return feed()
                feed(data)

    def width(path, entry):
        if not isinstance(entry, str):
            return len(entry)
        try:
            from storage import getmount

            return getmount(path) and 3
        except Exception:
            return 4

    if root and os.stat(root)[0] & 0xF000 != 0x4000:
        raise OSError("ENOTDIR")
    try:
        import time

        now = int(time.time())
    except Exception:
        now = None
    has_root = True
    try:
        space = os.statvfs(root or "/")
        if not space[2]:
            has_root = False
            space = os.statvfs(os.getcwd())
    except Exception:
        space = None
    say(now, has_root, space)
    directories = [root]
    while directories:
        directory = directories.pop()
        say(directory.encode())
        for entry in getattr(os, "ilistdir", os.listdir)(directory or "/"):
            name = entry if isinstance(entry, str) else entry[0]
            path = directory + "/" + name
            try:
                stat = os.stat(path)
                kind = stat[0] & 0xF000
                if kind == 0x4000:
                    if deep:
                        directories.append(path)
                    if not directory or not deep:
                        say(path.encode(), 4 if directory else width(path, entry))
                if kind == 0x8000:
                    wanted = sizes is None or stat[6] in sizes
                    say(name.encode(), stat[6], stat[8], digest(path) if wanted else None, len(entry))
            except OSError:
                pass
