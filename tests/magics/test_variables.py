"""%push, %pull and %store: names, what they show, and what stays as it was when they fail."""

import re

import numpy as np
import pytest

from iot_kernel.errors import NotConnectedError, UsageError
from iot_kernel.values.errors import UnmovableValueError, VariableNotFoundError
from tests.fake_shell import FakeShell

pytestmark = pytest.mark.board


@pytest.fixture
def bit(bit, tmp_path):
    """A notebook that is connected to a board, with variables of the host and a storage."""
    bit.shell = FakeShell(tmp_path / "db")
    return bit


@pytest.fixture
def host(bit):
    """The variables of the host."""
    return bit.shell.user_ns


class TestPushAndPull:
    def test_several(self, bit, host):
        host.update(a=[1, {"b": 2.5}], b=b"\0")
        bit.run("%push a b\nc = a + [b]\n%pull c")
        assert host["c"] == [1, {"b": 2.5}, b"\0"]
        assert bit.stdout == bit.stderr == ""

    @pytest.mark.parametrize(
        "words",
        ["a as x b as y", "a as x, b as y", "'a as x' 'b as y'", "a as x,b as y # why", "a as x b as y;"],
    )
    def test_other_names(self, bit, host, words):
        host.update(a=1, b=2)
        bit.run(f"%push {words}")
        assert bit.session.device().eval("(x, y)") == (1, 2)
        bit.run("%pull x as a2, y")
        assert (host["a2"], host["y"]) == (1, 2)

    def test_numpy_arrays(self, bit, host):
        host["a"] = np.array([[1, 2], [3, 4]], "i2")
        bit.run("%push a\n%pull a as rows")
        assert [row.tolist() for row in host["rows"]] == [[1, 2], [3, 4]]
        assert {row.dtype for row in host["rows"]} == {np.dtype("i2")}

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("%push a.b", "a.b is no name of a variable"),
            ("%pull a[0]", "is no name of a variable"),
            ("%pull a as 1", "1 is no name of a variable"),
            ("%push a as", "a name is missing behind 'as'"),
            ("%push as b", "'as' is a word of Python's own"),
            ("%pull", "the following arguments are required: NAME"),
            ("%push class", "'class' is a word of Python's own"),
            ("%pull __iot__", "belongs to the kernel"),
        ],
    )
    def test_what_is_no_name(self, bit, host, line, words):
        with pytest.raises(UsageError, match=re.escape(words)):
            bit.run(line)
        assert host == {}

    def test_there_is_no_such_variable(self, bit, host):
        host["a"] = 1
        with pytest.raises(VariableNotFoundError, match="no variable with name 'nosuch' on the host"):
            bit.run("%push a nosuch")
        with pytest.raises(VariableNotFoundError, match="no variable with name 'nosuch' on the board"):
            bit.run("%pull nosuch")
        assert bit.session.device().eval("a") == 1

    def test_what_cannot_be_moved_is_named_as_it_is_called_where_it_is(self, bit, host):
        host["data"] = {"a": [0, 1, 2, object()]}
        with pytest.raises(UnmovableValueError, match=r"^data\['a'\]\[3\]: an object object cannot be moved"):
            bit.run("%push data as d")
        bit.run("import socket\ndata={'a':[0,1,2,socket.socket()]}")
        with pytest.raises(
            UnmovableValueError, match=r"^data\['a'\]\[3\]: a socket object cannot be moved to"
        ):
            bit.run("%pull data as d")
        assert "d" not in host

    def test_without_a_board(self, notebook, tmp_path):
        notebook.shell = FakeShell(tmp_path / "db")
        notebook.shell.user_ns["a"] = 1
        for line in ("%push a", "%pull a", "%store a"):
            with pytest.raises(NotConnectedError):
                notebook.run(line)

    def test_long_ones_show_how_far_they_are(self, bit, host, monkeypatch):
        monkeypatch.setattr("iot_kernel.magics.progress.TRANSFER_PATIENCE", 0)
        host["a"] = list(range(20_000))
        bit.run("%push a\n%pull a")
        texts = [data["text/plain"] for data, _, _ in bit.displays]
        assert any(text.startswith("copying a: ") for text in texts)

    def test_where_nobody_watches_nothing_is_shown(self, bit, host, monkeypatch):
        monkeypatch.setattr("iot_kernel.magics.progress.TRANSFER_PATIENCE", 0)
        bit.is_watched = False
        host["a"] = list(range(20_000))
        bit.run("%push a\n%pull a")
        assert bit.displays == []


class TestStore:
    def test_to_storage_and_back(self, bit):
        bit.run("x = {'a': (1, 2.5)}\ny = b'z'\n%store x y\ndel x, y\n%store -r x y")
        assert bit.session.device().eval("(x, y)") == ({"a": (1, 2.5)}, b"z")
        assert bit.stdout == bit.stderr == ""

    def test_the_list(self, bit):
        bit.run("%store")
        assert (bit.stdout, bit.stderr) == ("", "storage is empty\n")
        bit.run("x = 'a' * 100\nlonger = [1]\n%store x longer")
        assert bit.run("%store") == f"longer -> [1]\nx      -> '{'a' * 69}\n"

    def test_the_storage_is_that_of_ipython(self, bit):
        bit.shell.db["autorestore/ip"] = "192.168.1.5"
        assert bit.run("%store -r ip\nprint(ip)\nip = ip[:3]\n%store ip") == "192.168.1.5\n"
        assert bit.shell.db["autorestore/ip"] == "192"

    def test_forgetting(self, bit):
        bit.run("a = b = c = d = 1\n%store a b c d\n%store -d a b")
        assert bit.run("%store") == "c -> 1\nd -> 1\n"
        bit.run("%store -z")
        bit.run("%store")
        assert bit.stderr == "storage is empty\n"

    def test_all_that_can_be_moved(self, bit):
        bit.shell.db["autorestore/a"] = 1
        bit.shell.db["autorestore/b"] = [object()]
        bit.shell.db["autorestore/no name"] = 3
        bit.run("%store -r")
        assert bit.session.device().eval("a") == 1
        assert bit.stderr.splitlines() == [
            "not copied: b[0]: an object object cannot be moved to the board",
            "not copied: no name is no name of a variable",
        ]

    @pytest.mark.parametrize("line", ["%store -r a nosuch", "%store -d a nosuch"])
    def test_there_is_none(self, bit, line):
        bit.shell.db["autorestore/a"] = 1
        with pytest.raises(VariableNotFoundError, match="no variable with name 'nosuch' in storage"):
            bit.run(line)
        assert bit.run("%store") == "a -> 1\n"

    @pytest.mark.parametrize("line", ["%store ../x", "%store -r ../x", "%store a.b", "%store -r a.b"])
    def test_what_is_no_name(self, bit, line):
        with pytest.raises(UsageError, match="is no name of a variable"):
            bit.run(line)

    @pytest.mark.parametrize(
        "line",
        [
            "%store -z a",
            "%store -z -d a",
            "%store -z -r",
            "%store a -d a",
            "%store -d a -r b",
            "%store a -r b",
        ],
    )
    def test_one_thing_at_a_time(self, bit, line):
        bit.shell.db["autorestore/a"] = 1
        with pytest.raises(UsageError, match="not allowed with"):
            bit.run(line)
        assert bit.run("%store") == "a -> 1\n"

    def test_what_cannot_be_moved_leaves_what_is_stored(self, bit):
        bit.run("x = 1\n%store x\nx = [print]")
        with pytest.raises(
            UnmovableValueError, match=r"x\[0\]: a function object cannot be moved to the host"
        ):
            bit.run("%store x")
        assert bit.run("%store") == "x -> 1\n"
