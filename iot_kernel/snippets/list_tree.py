"""Says the clock and the space, then each directory and behind it its files, as it comes to them.

These entries are said in groups, each behind its digest; of a group that is known already, only the digest.

Where something is mounted, the entry in the root directory has three parts and no inode. Those of files and
directories have four parts, or an inode; before MicroPython 1.10 they looked the same.
"""


def __iot_list__(say, root, sizes, algorithm, unit, deep, known):
    import os
    from builtins import (
        Exception,
        OSError,
        UnicodeError,
        bool,
        getattr,
        int,
        isinstance,
        len,
        repr,
        sum,
        tuple,
    )

    group = []

    def end_group():
        feed = __iot_digest__(algorithm)
        feed(repr(group).encode())
        digest = feed()
        say(digest, None if digest in known else group)
        group.clear()

    def add(*entry):
        longest = 1500 if unit > 2047 else 200
        if len(group) > 15 or sum([len(other[0]) for other in group]) + len(entry[0]) > longest:
            end_group()
        group.append(entry)

    def entries(path):
        listing = getattr(os, "ilistdir", os.listdir)
        try:
            yield from listing(path)
        except UnicodeError:
            try:
                for entry in listing(path.encode()):
                    try:
                        yield entry[0].decode()
                    except UnicodeError:
                        pass
            except UnicodeError:
                raise OSError("EILSEQ")

    def looks_mounted(path, entry):
        if isinstance(entry, tuple):
            return len(entry) == 3 and not entry[2]
        try:
            from storage import getmount

            return bool(getmount(path))
        except Exception:
            return False

    def digest(path):
        feed = __iot_digest__(algorithm)
        try:
            for data in __iot_pieces__(path, unit):
                feed(data)
        except OSError:
            return None
        return feed()

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
        add(directory.encode())
        for entry in entries(directory or "/"):
            name = entry[0] if isinstance(entry, tuple) else entry
            path = directory + "/" + name
            mounted = not directory and looks_mounted(path, entry)
            try:
                stat = os.stat(path)
            except OSError:
                continue
            kind = stat[0] & 0xF000
            if kind == 0x4000:
                if deep:
                    directories.append(path)
                add(path.encode(), mounted)
            elif kind == 0x8000:
                wanted = sizes is None or stat[6] in sizes
                add(name.encode(), stat[6], stat[8], digest(path) if wanted else None, mounted)
    end_group()
