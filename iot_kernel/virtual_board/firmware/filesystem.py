"""The board's file system: a host directory as ``/``, and a current directory that cannot leave it."""

try:
    import vfs
except ImportError:  # before MicroPython 1.23
    import os as vfs

_FILE = 0x8000
_KIND = 0xF000


def mount(directory):
    """Makes the directory the board's root."""
    root = _Root(directory)
    vfs.umount("/")
    vfs.mount(root, "/")
    root.chdir("/")


class _Root:
    """VfsPosix with the ways of a board's file systems."""

    def __init__(self, directory):
        self._host = vfs.VfsPosix(directory)
        for name in ("mount", "umount", "open", "mkdir", "rmdir", "remove", "statvfs"):
            setattr(self, name, getattr(self._host, name))

    def ilistdir(self, path):
        """Lists a directory with the sizes of files, which VfsPosix leaves out."""
        return self._sized(self._host.ilistdir(path), path)

    def _sized(self, entries, path):
        slash = b"/" if isinstance(path, bytes) else "/"
        if path and not path.endswith(slash):
            path += slash
        for name, kind, inode in entries:
            yield name, kind, inode, self._host.stat(path + name)[6] if kind == _FILE else 0

    def stat(self, path):
        """Tells what a board's file systems know: the kind, the size and the times."""
        found = self._host.stat(path)
        return (found[0] & _KIND, 0, 0, 0, 0, 0) + found[6:]

    def rename(self, old, new):
        """Renames. Of two absolute paths VfsPosix takes the new one for both, so the old one is changed."""
        if old.startswith("/"):
            up = [".."] * len([part for part in self.getcwd().split("/") if part])
            old = "/".join(up + [old.lstrip("/") or "."])
        self._host.rename(old, new)

    def getcwd(self):
        return self._host.getcwd() or "/"

    def chdir(self, path):
        """Changes the current directory; ``..`` ends at the root."""
        if not path.startswith("/"):
            path = self.getcwd() + "/" + path
        parts = []
        for part in path.split("/"):
            if part == "..":
                del parts[-1:]
            elif part and part != ".":
                parts.append(part)
        self._host.chdir("/" + "/".join(parts))
