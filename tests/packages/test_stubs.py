"""Which packages describe a board."""

import pytest

from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.stubs import arrange, installed, stubs_directory, stubs_for


@pytest.mark.parametrize(
    ("board", "names", "version"),
    [
        (("micropython", "rp2", "1.25.0"), ["micropython-rp2-stubs", "micropython-stdlib-stubs"], "1.25"),
        (
            ("micropython", "pyboard", "1.24.1"),
            ["micropython-stm32-stubs", "micropython-stdlib-stubs"],
            "1.24",
        ),
        (
            ("micropython", "linux", "1.29.0-preview"),
            ["micropython-unix-stubs", "micropython-stdlib-stubs"],
            "1.29",
        ),
        (("circuitpython", "RP2040", "9.2.9"), ["circuitpython-stubs"], "9.2"),
    ],
)
def test_the_packages(board, names, version):
    stubs = stubs_for(*board)
    assert list(stubs.names) == names
    assert stubs.requirements == [f"{name}~={version}.0" for name in names]


@pytest.mark.parametrize("board", [("micropython", "microbit", "1.9.2"), ("micropython", "rp2", "unknown")])
def test_boards_that_nobody_describes(board):
    with pytest.raises(PackageError, match=f"none for the port '{board[1]}'"):
        stubs_for(*board)


def test_where_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    board = ("micropython", "rp2", "1.25.0")
    assert installed(*board) is None
    place = stubs_directory() / "micropython-rp2-stubs-1.25"
    place.mkdir(parents=True)
    assert installed(*board) == place
    assert installed("micropython", "microbit", "1.9.2") is None


def test_modules_get_the_names_by_which_they_come_first(tmp_path):
    files = (
        "time.pyi",
        "stdlib/os/__init__.pyi",
        "stdlib/io.pyi",
        "board-stubs/__init__.pyi",
        "mip/x.pyi",
        "LICENSE",
    )
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for _ in range(2):
        arrange(tmp_path)
        found = {
            str(path.relative_to(tmp_path)): path.read_text()
            for path in tmp_path.rglob("*")
            if path.is_file()
        }
        assert found == {
            "time-stubs/__init__.pyi": "time.pyi",
            "stdlib/os-stubs/__init__.pyi": "stdlib/os/__init__.pyi",
            "stdlib/io-stubs/__init__.pyi": "stdlib/io.pyi",
            "board-stubs/__init__.pyi": "board-stubs/__init__.pyi",
            "mip/x.pyi": "mip/x.pyi",
            "LICENSE": "LICENSE",
        }
