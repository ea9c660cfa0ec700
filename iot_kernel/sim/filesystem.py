"""The board's file system: a host directory as ``/``, and a current directory that cannot leave it."""

import os

try:
    import vfs
except ImportError:  # before MicroPython 1.23
    vfs = os

_host_chdir = os.chdir
_host_getcwd = os.getcwd


def mount(directory):
    """Makes the directory the board's root."""
    root = vfs.VfsPosix(directory)
    vfs.umount("/")
    vfs.mount(root, "/")
    _host_chdir("/")


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
