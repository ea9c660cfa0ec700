"""Has imports read modules with checkpoints, while a cell runs and from memory: no file is written.

For a moment a file system stands in the place of the one file. Whatever else somebody does with this file
reaches the file itself; only while something stands there it cannot get its name by a `rename`. It goes away
when the module is imported, and when the cell ends or the board is connected again: both call ``__iot__``.
"""


def __iot_debug_modules__(variables):
    import hashlib
    import io
    import os
    import sys

    vfs = os
    if not hasattr(os, "mount"):
        import vfs

    texts = {}
    taken = {}
    mounted = {}
    end = None

    class Text(io.IOBase):
        def __init__(self, pieces):
            self.pieces = pieces
            self.at = 0

        def readinto(self, buffer):
            size = 0
            while size < len(buffer) and self.pieces:
                part = self.pieces[0][self.at : self.at + len(buffer) - size]
                buffer[size : size + len(part)] = part
                size += len(part)
                self.at += len(part)
                if self.at >= len(self.pieces[0]):
                    del self.pieces[0]
                    self.at = 0
            return size

        def ioctl(self, request, argument):
            return 0

    class Place:
        def __init__(self, path):
            self.path = path

        def mount(self, readonly, mkfs):
            pass

        def umount(self):
            pass

        def stat(self, path):
            return self.past(os.stat)

        def open(self, path, mode):
            if mode == "rb" and is_loading(texts[self.path][1]):
                unmount_one(self.path)
                return opened(self.path)
            return self.past(open, mode)

        def remove(self, path):
            unmount_one(self.path)
            os.remove(self.path)

        def past(self, function, *more):
            vfs.umount(self.path)
            try:
                return function(self.path, *more)
            finally:
                vfs.mount(self, self.path)

    def is_loading(name):
        """Whether it is being imported: then it has its name, but has not heard of its file yet."""
        return name in sys.modules and not hasattr(sys.modules[name], "__file__")

    def opened(path):
        key, name, digest, pieces, _ = texts.pop(path)
        file = open(path, "rb")
        seen = hashlib.sha256()
        while True:
            block = file.read(256)
            if not block:
                break
            seen.update(block)
        if seen.digest() != digest:
            file.seek(0)
            return file
        file.close()
        taken[name] = key
        return Text(pieces)

    def told(files):
        """Tells by which name each is imported, and its text: True is its file, None where it is not."""
        for name in list(taken):
            if name not in sys.modules:
                del taken[name]
        names = [name_of(path) for path in files]
        return [(name, taken.get(name, True) if name in sys.modules else None) for name in names]

    def name_of(path):
        longest = 1
        for place in sys.path:
            start = (place or os.getcwd()).rstrip("/") + "/"
            if path.startswith(start) and len(start) > longest:
                longest = len(start)
        name = path[longest:-3]
        return (name[:-9] if name.endswith("/__init__") else name).replace("/", ".")

    def begin(path, key, name, digest, words, count):
        import gc

        os.stat(path)
        gc.collect()
        if gc.mem_free() < words * (8 if sys.maxsize >> 31 else 4):
            raise MemoryError
        texts[path] = key, name, digest, [], count

    def add(path, count, piece):
        pieces = texts[path][3]
        if len(pieces) == count:
            pieces.append(piece)

    def is_whole(path):
        return len(texts[path][3]) == texts[path][4]

    def forget(paths):
        unmount()
        for path in list(texts):
            if path not in paths or not is_whole(path):
                del texts[path]
        return [text[0] for text in texts.values()]

    def mount():
        nonlocal end
        unmount()
        for path in texts:
            if not is_whole(path):
                continue
            mounted[path] = place = Place(path)
            vfs.mount(place, path)
        end = variables["__iot__"]
        variables["__iot__"] = ended

    def unmount_one(path):
        if mounted.pop(path, None):
            try:
                vfs.umount(path)
            except OSError:  # Ctrl-C came while it was away for a moment
                pass

    def unmount():
        nonlocal end
        for path in list(mounted):
            unmount_one(path)
        if end:
            variables["__iot__"] = end
            end = None

    def ended(*values):
        go_on = end
        try:
            unmount()
        finally:
            go_on(*values)

    return {
        "told": told,
        "begin": begin,
        "add": add,
        "forget": forget,
        "mount": mount,
        "unmount": unmount,
    }


__iot_m__ = __iot_debug_modules__(VARIABLES)
