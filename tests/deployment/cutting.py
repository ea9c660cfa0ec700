"""Cuts the power of a virtual board in front of the file operation that one asks for.

The board's boot.py puts a file system over its own that counts what changes it; when the number of operations
in the file ``/cut`` is used up, the board's process ends at once.
"""

import shutil

_BOOT = """
import os
import vfs

class Cut:
    def __init__(self, root):
        self.root = root

    def __getattr__(self, name):
        return getattr(self.root, name)

    def mount(self, *given):
        pass

    def step(self):
        with self.root.open("/cut", "r") as file:
            left = int(file.read())
        if not left:
            os.system("kill -9 $PPID")
        with self.root.open("/cut", "w") as file:
            file.write(str(left - 1))

    def open(self, path, mode):
        if mode not in ("r", "rb"):
            self.step()
        return self.root.open(path, mode)

    def mkdir(self, path):
        self.step()
        self.root.mkdir(path)

    def rmdir(self, path):
        self.step()
        self.root.rmdir(path)

    def remove(self, path):
        self.step()
        self.root.remove(path)

    def rename(self, old, new):
        self.step()
        self.root.rename(old, new)

root = vfs.mount()[0][0]
vfs.umount("/")
vfs.mount(Cut(root), "/")
root.chdir("/")
del root, Cut, os, vfs
"""


class Cutter:
    """The disk of a virtual board that loses its power.

    Args:
        directory: of the board, which is off.
    """

    def __init__(self, directory):
        self.directory = directory

    def start(self, operations, **files):
        """Empties the disk and puts files on it; the power goes after so many operations."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.write(files | {"boot.py": _BOOT, "cut": str(operations)})

    def write(self, files):
        for path, text in files.items():
            file = self.directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def mend(self):
        """From now on the power stays."""
        for name in ("boot.py", "cut"):
            (self.directory / name).unlink()
