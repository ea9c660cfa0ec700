"""The board's file system: a host directory as ``/``, and a current directory that cannot leave it."""

import os

try:
    import vfs
except ImportError:  # before MicroPython 1.23
    vfs = os

_FILE = 0x8000
_KIND = 0xF000

_host_chdir = os.chdir
_host_getcwd = os.getcwd


def mount(directory):
    """Makes the directory the board's root."""
    root = vfs.VfsPosix(directory)
    vfs.umount("/")
    vfs.mount(root, "/")
    _host_chdir("/")


def ilistdir(path="."):
    """Lists a directory with the sizes of files, which the unix port leaves out."""
    for entry in os.ilistdir(path):
        name, kind, inode = entry[:3]
        if len(entry) > 3 or not inode:  # another file system's, or the place where one is mounted
            yield entry
        else:
            yield name, kind, inode, os.stat(path.rstrip("/") + "/" + name)[6] if kind == _FILE else 0


def stat(path):
    """Tells of a file or directory what a board's file systems know: its kind, its size and its times."""
    found = os.stat(path)
    return (found[0] & _KIND, 0, 0, 0, 0, 0) + found[6:]


def rename(old, new):
    """Renames a file or directory.

    Given two absolute paths, VfsPosix takes the new one for both; so the old one is made relative, except on
    what is mounted below the root.
    """
    if old.startswith("/"):
        up = [".."] * len([part for part in getcwd().split("/") if part])
        from_here = "/".join(up + [old.lstrip("/") or "."])
        try:
            os.stat(from_here)
            old = from_here
        except OSError:
            pass
    os.rename(old, new)


def getcwd():
    return _host_getcwd() or "/"


def chdir(path):
    """Changes the current directory; ``..`` ends at the board's root, as on a board."""
    if not path.startswith("/"):
        path = getcwd() + "/" + path
    parts = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part and part != ".":
            parts.append(part)
    _host_chdir("/" + "/".join(parts))
