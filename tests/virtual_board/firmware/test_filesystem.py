"""The board's file system: a host directory, and nothing around it."""

import pytest

from iot_kernel.errors import DeviceError

pytestmark = pytest.mark.board


def test_root_is_the_directory(unix, raw):
    raw.run("import os\nos.mkdir('/d')\nwith open('/d/f.txt', 'w') as file: file.write('text')")
    assert (unix.directory / "d" / "f.txt").read_text() == "text"
    assert raw.run("print(os.listdir('/'), os.getcwd())") == b"['d'] /\r\n"


def test_no_way_out_by_going_up(raw):
    raw.run("import os\nos.mkdir('d')\nos.chdir('d')")
    assert raw.run("os.chdir('../..')\nprint(os.getcwd(), os.listdir())") == b"/ ['d']\r\n"


def test_lists_with_sizes(raw):
    raw.run("import os\nos.mkdir('d')\nwith open('f', 'w') as file: file.write('12345')")
    assert raw.run("print(sorted((e[0], e[1], e[3]) for e in os.ilistdir()))") == (
        b"[('d', 16384, 0), ('f', 32768, 5)]\r\n"
    )


def test_errors_are_those_of_boards(raw):
    assert raw.fail("open('missing')").endswith(b"OSError: [Errno 2] ENOENT\r\n")
    assert raw.fail("import os\nos.chdir('missing')").endswith(b"OSError: [Errno 2] ENOENT\r\n")
    assert (
        raw.run("os.mkdir('d')\nos.chdir('d')\nos.chdir('/')\nos.rmdir('d')\nprint(os.listdir())")
        == b"[]\r\n"
    )


def test_absolute_paths_are_renamed_from_anywhere(raw):
    raw.run(
        "import os\nos.mkdir('d')\nos.mkdir('d/e')\nopen('/d/e/old', 'w').close()\nopen('/new', 'w').close()"
    )
    raw.run("os.chdir('/d/e')\nos.rename('/d/e/old', '/new')")
    assert raw.run("print(os.listdir('/'), os.listdir())") in (b"['d', 'new'] []\r\n", b"['new', 'd'] []\r\n")
    raw.run("os.rename('/new', 'here')\nos.rename('here', '/d/there')")
    assert raw.run("print(os.listdir('/d/e'), 'there' in os.listdir('/d'))") == b"[] True\r\n"


def test_disks_can_be_mounted(raw):
    raw.run(
        "import vfs\n"
        "class Disk:\n"
        "    data = bytearray(512 * 100)\n"
        "    def readblocks(self, n, to): to[:] = self.data[512 * n : 512 * n + len(to)]\n"
        "    def writeblocks(self, n, what): self.data[512 * n : 512 * n + len(what)] = what\n"
        "    def ioctl(self, op, arg): return {4: 100, 5: 512}.get(op, 0)\n"
        "disk = Disk()\n"
        "vfs.VfsFat.mkfs(disk)\n"
        "vfs.mount(vfs.VfsFat(disk), '/sd')\n"
        "import os\n"
        "with open('/sd/a', 'w') as file: file.write('text')\n"
        "os.rename('/sd/a', '/sd/b')\n"
    )
    assert raw.run("print(list(os.ilistdir('/')), list(os.ilistdir('/sd')))") == (
        b"[('sd', 16384, 0)] [('b', 32768, 0, 4)]\r\n"
    )


def test_stat_knows_no_owners_and_no_rights(raw):
    raw.run("import os\nos.mkdir('d')\nwith open('f', 'w') as file:\n    file.write('abc')")
    assert raw.run("print(os.stat('/f')[:7], os.stat('d')[0])") == b"(32768, 0, 0, 0, 0, 0, 3) 16384\r\n"
    assert raw.run("import time; print(abs(os.stat('f')[8] - time.time()) < 100)") == b"True\r\n"


OWN = (
    "import os, vfs\n"
    "class Own:\n"
    "    def mount(self, readonly, mkfs): pass\n"
    "    def umount(self): pass\n"
    "    def stat(self, path): return (1,)\n"
    "    def ilistdir(self, path): return iter([('a', 0, 0)])\n"
    "    def chdir(self, path): print('chdir', path)\n"
    "    def getcwd(self): return '/q'\n"
    "    def rename(self, old, new): print('rename', old, new)\n"
)


class TestListing:
    def test_fails_at_once(self, device):
        with pytest.raises(DeviceError, match="ENOENT"):
            device.run_cell("import os\nos.ilistdir('missing');", print)

    def test_takes_bytes(self, cell):
        cell("import os\nos.mkdir('d')\nwith open('d/f', 'w') as file: file.write('abc')")
        assert cell("[(e[0], e[3]) for e in os.ilistdir(b'd')]") == ("", "[(b'f', 3)]")
        assert cell("os.listdir(b'.')") == ("", "[b'd']")

    @pytest.mark.parametrize("path", ["", "'.'", "'/d'", "'/d/'", "'/d/../d'"])
    def test_of_a_directory_by_any_name(self, cell, path):
        cell("import os\nos.mkdir('d')\nos.chdir('d')\nwith open('f', 'w') as file: file.write('abc')")
        assert cell(f"[(e[0], e[3]) for e in os.ilistdir({path})]") == ("", "[('f', 3)]")

    def test_without_a_root(self, cell):
        code = OWN + "vfs.umount('/')\nvfs.mount(Own(), '/m')\nlist(os.ilistdir()), os.getcwd()"
        assert cell(code) == ("", "([('m', 16384, 0)], '/')")


def test_file_systems_of_the_user_answer_for_themselves(cell):
    cell(OWN + "vfs.mount(Own(), '/m')")
    assert cell("os.stat('/m/x'), list(os.ilistdir('/m'))") == ("", "((1,), [('a', 0, 0)])")
    assert cell("os.rename('/m/a', '/m/b')") == ("rename /a /b\n", None)
    assert cell("os.chdir('/m/../m/x')\nos.getcwd()") == ("chdir /../m/x\n", "'/m/q'")
