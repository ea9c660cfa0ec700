"""A disk in a virtual board's memory, which can be what it was after any of the blocks that were written."""

_DISK = """
import vfs
class BlockDisk:
    def __init__(self, data):
        self.data = data
        self.log = []

    def readblocks(self, number, buffer, offset=0):
        start = number * 512 + offset
        buffer[:] = self.data[start:start + len(buffer)]

    def writeblocks(self, number, buffer, offset=0):
        start = number * 512 + offset
        self.data[start:start + len(buffer)] = buffer
        self.log.append((start, bytes(buffer)))

    def ioctl(self, op, argument):
        return {4: len(self.data) // 512, 5: 512}.get(op, 0)

def switch_on(data):
    global disk
    try:
        vfs.umount("/flash")
    except OSError:
        pass
    disk = BlockDisk(data)
    vfs.mount(vfs.KIND(disk), "/flash")

def cut(count):
    data = bytearray(kept)
    for start, block in log[:count]:
        data[start:start + len(block)] = block
    switch_on(data)

disk = BlockDisk(bytearray(512 * BLOCKS))
vfs.KIND.mkfs(disk)
switch_on(disk.data)
"""


class BlockDisk:
    """The flash of a board, which is mounted at ``/flash``.

    Args:
        device: an open virtual board.
        kind: ``VfsFat``, ``VfsLfs1`` or ``VfsLfs2``.
    """

    def __init__(self, device, kind, blocks=256):
        self._device = device
        device.exec(_DISK.replace("KIND", kind).replace("BLOCKS", str(blocks)))

    def begin(self):
        """From now on each block that is written is noted."""
        self._device.exec("kept = bytes(disk.data)\ndisk.log.clear()")

    def end(self):
        """Returns how many blocks were written since."""
        self._device.exec("log = disk.log")
        return self._device.eval("len(log)")

    def cut(self, count):
        """Makes the disk what it was when so many blocks had been written, and switches it on."""
        self._device.exec(f"cut({count})")
