"""Directories that packages go to: on the boards there are, and on this computer."""

from contextlib import contextmanager

import pytest

from iot_kernel.device.device import Device
from iot_kernel.packages.destinations import BoardDirectory, Comparison, HostDirectory
from iot_kernel.packages.errors import PackageError


def ignore(_):
    pass


NOTHING = Comparison(frozenset(), ())


@contextmanager
def opened(board):
    device = Device(board.url, password=getattr(board, "password", None))
    device.open()
    try:
        yield device
    finally:
        device.close()


@pytest.fixture(params=["unix", "wasm", "webrepl"])
def files(request):
    with opened(request.getfixturevalue(request.param)) as device:
        yield device.files


class TestBoard:
    def test_a_directory_that_does_not_exist(self, files):
        library = BoardDirectory(files, "/lib")
        assert library.title == ":/lib"
        assert library.compare({"a.py": b"1"}) == NOTHING
        library.write({"p/q/a.py": b"1"}, ignore)
        assert files.read("/lib/p/q/a.py") == b"1"

    def test_what_is_there(self, files):
        library = BoardDirectory(files, "/lib")
        there = {"same.py": b"abc", "p/size.py": b"abc", "p/content.py": b"abc", "big.py": b"x" * 9}
        library.write(there, ignore)
        wanted = {"same.py": b"abc", "p/size.py": b"abcd", "p/content.py": b"abd", "p/new.py": b"abc"}
        assert library.compare(wanted) == Comparison(frozenset({"same.py"}), ())

    def test_what_would_hide_a_compiled_module(self, files):
        library = BoardDirectory(files, "/lib")
        library.write(dict.fromkeys(("a.py", "p/b.py", "c.py", "d.mpy"), b"x"), ignore)
        wanted = {"a.mpy": b"", "p/b.mpy": b"", "c.py": b"y", "c.mpy": b"", "d.py": b""}
        assert library.compare(wanted).hiding == ("a.py", "p/b.py")
        library.remove("p/b.py")
        assert files.stat("/lib/p/b.py") is None

    def test_files_in_the_place_of_directories(self, files):
        library = BoardDirectory(files, "/lib")
        library.write({"p/a.py": b"1"}, ignore)
        with pytest.raises(PackageError, match="p: there is a directory in its place already, in /lib"):
            library.compare({"p": b""})
        with pytest.raises(PackageError, match=r"p/a\.py/b: p/a\.py is a file already, in /lib"):
            library.compare({"p/a.py/b": b""})

    def test_no_space(self, unix):
        with opened(unix) as device:
            library = BoardDirectory(device.files, "/lib")
            library.write({"a.py": b"1"}, ignore)
            free = device.files.space().free
            with pytest.raises(PackageError, match=r"no room .* bytes more, \d+ are free"):
                library.compare({"a.py": Huge(2 * free + 1_000_000)})

    def test_the_root(self, files):
        root = BoardDirectory(files, "/")
        root.write({"a.py": b"1"}, ignore)
        assert files.read("/a.py") == b"1"
        assert root.compare({"a.py": b"1"}).unchanged == {"a.py"}


class Huge(bytes):
    """Bytes that only say how many they are."""

    def __new__(cls, size):
        made = super().__new__(cls)
        made.size = size
        return made

    def __len__(self):
        return self.size


class TestMicrobit:
    def test_a_flat_file_system(self, microbit):
        with opened(microbit) as device:
            root = BoardDirectory(device.files, "/")
            assert root.compare({"a.py": b"x = 1"}) == NOTHING
            root.write({"a.py": b"x = 1"}, ignore)
            assert root.compare({"a.py": b"x = 2"}) == NOTHING
            assert root.compare({"a.py": b"x = 1"}).unchanged == {"a.py"}

    def test_it_has_no_directories(self, microbit):
        with opened(microbit) as device:
            root = BoardDirectory(device.files, "/")
            with pytest.raises(PackageError, match=r"p/a\.py: this board has no directories"):
                root.compare({"a.py": b"", "p/a.py": b""})


class TestHost:
    def test_a_directory_that_does_not_exist(self, tmp_path):
        libs = HostDirectory(tmp_path / "libs")
        assert libs.title == str(tmp_path / "libs")
        assert libs.compare({"a.py": b"1"}) == NOTHING
        assert not (tmp_path / "libs").exists()
        libs.write({"p/q/a.py": b"1"}, ignore)
        assert (tmp_path / "libs/p/q/a.py").read_bytes() == b"1"

    def test_what_is_there(self, tmp_path):
        libs = HostDirectory(tmp_path)
        libs.write({"same.py": b"abc", "p/other.py": b"abc", "a.py": b""}, ignore)
        wanted = {"same.py": b"abc", "p/other.py": b"abd", "a.mpy": b""}
        assert libs.compare(wanted) == Comparison(frozenset({"same.py"}), ("a.py",))
        libs.remove("a.py")
        assert not (tmp_path / "a.py").exists()

    @pytest.mark.parametrize("path", ["p", "same.py/odd"])
    def test_files_in_the_place_of_directories(self, tmp_path, path):
        libs = HostDirectory(tmp_path)
        libs.write({"same.py": b"1", "p/a.py": b"1"}, ignore)
        with pytest.raises(PackageError, match=r"in its place already|same\.py is a file already"):
            libs.compare({path: b""})

    @pytest.mark.parametrize("path", ["link/a.py", "out.py"])
    def test_links_that_lead_out_are_not_followed(self, tmp_path, path):
        (tmp_path / "libs").mkdir()
        (tmp_path / "precious.py").write_bytes(b"precious")
        (tmp_path / "libs/link").symlink_to("..")
        (tmp_path / "libs/out.py").symlink_to("../precious.py")
        with pytest.raises(PackageError, match=f"{path}: a link there leads out of .*libs"):
            HostDirectory(tmp_path / "libs").compare({"fine.py": b"", path: b""})
        assert (tmp_path / "precious.py").read_bytes() == b"precious"

    def test_a_directory_that_is_a_link_is_meant(self, tmp_path):
        (tmp_path / "real").mkdir()
        (tmp_path / "libs").symlink_to("real")
        assert HostDirectory(tmp_path / "libs").compare({"a/b.py": b""}) == NOTHING

    def test_names_that_this_computer_is_not_given(self, tmp_path):
        with pytest.raises(PackageError, match="C:evil: a file with this name is not safe on this computer"):
            HostDirectory(tmp_path).compare({"C:evil": b""})

    def test_a_failure_leaves_the_old_file(self, tmp_path, monkeypatch):
        libs = HostDirectory(tmp_path)
        libs.write({"a.py": b"old"}, ignore)

        def fail(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pathlib.Path.replace", fail)
        with pytest.raises(OSError, match="No space"):
            libs.write({"a.py": b"new"}, ignore)
        assert [path.name for path in tmp_path.iterdir()] == ["a.py"]
        assert (tmp_path / "a.py").read_bytes() == b"old"
