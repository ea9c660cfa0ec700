"""Disks in the memory of a virtual board, with the file systems that real boards have."""

_DISK = """
import vfs
class RamDisk:
    def __init__(self, blocks):
        self.data = bytearray(512 * blocks)
    def readblocks(self, number, buffer, offset=0):
        start = number * 512 + offset
        buffer[:] = self.data[start:start + len(buffer)]
    def writeblocks(self, number, buffer, offset=0):
        start = number * 512 + offset
        self.data[start:start + len(buffer)] = buffer
    def ioctl(self, op, argument):
        return {4: len(self.data) // 512, 5: 512}.get(op, 0)
disk = RamDisk(BLOCKS)
vfs.KIND.mkfs(disk)
vfs.mount(vfs.KIND(disk), "/disk")
"""

KINDS = ("VfsFat", "VfsLfs2", "VfsLfs1")


def mount(device, kind, blocks=300):
    """Puts a disk of ``blocks`` times 512 bytes at /disk."""
    device.exec(_DISK.replace("KIND", kind).replace("BLOCKS", str(blocks)))


def make_read_only(device):
    device.exec("vfs.umount('/disk')\nvfs.mount(disk, '/disk', readonly=True)")
