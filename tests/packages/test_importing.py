"""What real boards say of their imports, and what no board should say."""

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import RemoteProtocolError
from iot_kernel.packages.importing import Imports, ask_imports
from iot_kernel.packages.mpy import version_of
from tests.each import each


class Saying:
    """A board that says one thing only."""

    def __init__(self, answer):
        self.answer = answer

    def exec(self, code, *, on_output=None, timeout=None):
        return self.answer


def ask(board):
    device = Device(board.url)
    device.open()
    try:
        before = device.eval("sorted(dir())")
        imports = ask_imports(device)
        assert device.eval("sorted(dir())") == before
        return imports
    finally:
        device.close()


def test_unix(unix):
    imports = ask(unix)
    assert version_of(imports.mpy) == 6
    assert imports.library == "/lib"


def test_wasm(wasm):
    imports = ask(wasm)
    assert version_of(imports.mpy) == 6
    assert (imports.library, imports.here) == ("/lib", "/")


def test_microbit(microbit):
    assert ask(microbit) == Imports(None, None, "/")


@each(
    ("path", "here", "library"),
    [
        (("", ".frozen", "/lib"), "/", "/lib"),
        (("", "/flash", "/flash/lib"), "/flash", "/flash/lib"),
        (("/rom/lib", "/lib"), "/", "/lib"),
        (("lib",), "/flash", "/flash/lib"),
        (("/lib/",), "/", "/lib"),
        (("", "/mylib"), "/", None),
        ((), "/", None),
        (None, "/", "/"),
    ],
)
def test_where_packages_go(path, here, library):
    assert Imports(None, path, here).library == library


@each(
    ("path", "absolute"),
    [("lib", "/flash/lib"), ("/lib", "/lib"), ("", "/flash"), ("..", "/"), ("../../..", "/"), ("//a", "/a")],
)
def test_paths_on_the_board(path, absolute):
    assert Imports(None, (), "/flash").absolute(path) == absolute


@each(
    "answer",
    [
        "",
        "None",
        "(1, [], 2)",
        "(1, [2], '/')",
        "('6', [], '/')",
        "(1, [], '/', 2)",
        "__import__('os')",
        "((" * 5000,
    ],
)
def test_answers_that_make_no_sense(answer):
    with pytest.raises(RemoteProtocolError):
        ask_imports(Saying(answer))
