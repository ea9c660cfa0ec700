"""Packages that scripts install: what %upip does, without a word."""

import pytest

import iot_kernel
from tests.packages.index import package_server

pytestmark = pytest.mark.board


@pytest.fixture
def index(monkeypatch):
    with package_server() as found:
        monkeypatch.setenv("IOT_PACKAGE_INDEX", found.index)
        yield found


@pytest.fixture
def clean(board):
    yield board
    for name in board.files.listdir():
        board.files.remove(name, recursive=True)


def test_a_package_with_what_it_depends_on(clean, index):
    index.publish("user", {"user.py": "from answers import get"}, deps=[["answers", "latest"]])
    index.publish("answers", {"answers/__init__.py": "def get(): return 42"})
    assert sorted(clean.install("user")) == ["answers/__init__.mpy", "user.mpy"]
    assert clean.install("user") == []
    assert clean.eval("__import__('user').get()") == 42


def test_where_and_in_which_form(clean, index, tmp_path):
    (tmp_path / "c.py").write_text("x = 3")
    index.publish("a", {"a.py": "x = 1"})
    assert clean.install("a", str(tmp_path / "c.py"), target="/third", mpy=False) == ["a.py", "c.py"]
    assert sorted(clean.files.listdir("/third")) == ["a.py", "c.py"]


def test_what_cannot_be_installed(clean, index):
    with pytest.raises(iot_kernel.PackageNotFoundError, match="nosuch"):
        clean.install("nosuch")
    with pytest.raises(iot_kernel.PackageError, match="cannot be the name"):
        clean.install("no/name")
    with pytest.raises(iot_kernel.UsageError, match="begins with https"):
        clean.install("a", index="here")
    assert clean.files.listdir() == []
