"""Variables and storage of the host, asked as the kernel asks."""

import json

import numpy as np
import pytest

from iot_kernel.errors import IoTKernelError, RemoteProtocolError
from iot_kernel.subkernel.variables import MOST_NAMES, Variables
from iot_kernel.values.arrays import Ulab
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.errors import UnmovableValueError, VariableNotFoundError
from iot_kernel.values.host_side import HostVariables
from tests.fake_shell import FakeShell


@pytest.fixture
def shell(tmp_path):
    return FakeShell(tmp_path / "db")


@pytest.fixture
def host(shell):
    """The kernel's side; what goes between goes as JSON."""
    values = Variables(shell)

    def ask(question, data):
        answer, answered = values.answer(json.loads(json.dumps(question)), data)
        return json.loads(json.dumps(answer)), answered

    return HostVariables(ask)


def as_sent(value):
    return encode(value, "v").data


class TestVariables:
    def test_there_and_back(self, host, shell):
        shell.user_ns["a"] = [1, {"b": (b"\0", None)}]
        host.set("b", host.get("a").data, "a")
        assert shell.user_ns["b"] == shell.user_ns["a"]

    def test_names_of_what_may_be_copied(self, host, shell):
        shell.user_ns.update(b=1, a=[2], _i1="x", In=["x"], json=json, f=as_sent, dump=print, C=FakeShell)
        shell.user_ns.update({3: 4})
        shell.user_ns_hidden["In"] = shell.user_ns["In"]
        assert host.names() == ["a", "b"]
        shell.user_ns.update({f"v{number:05}": 1 for number in range(MOST_NAMES)})
        assert len(host.names()) == MOST_NAMES

    def test_large_ones(self, host, shell):
        shell.user_ns["a"] = bytes(10_000_000)
        host.set("b", host.get("a").data, "a")
        assert shell.user_ns["b"] == shell.user_ns["a"]

    def test_numpy_arrays_for_ulab(self, host, shell):
        shell.user_ns["a"] = np.array([[1, 2]], "u1")
        plain, for_ulab = host.get("a"), host.get("a", Ulab(2, 4, has_complex=False))
        assert plain.has_numpy_arrays
        assert for_ulab.has_numpy_arrays
        assert [row.tolist() for row in decode(plain.data, "a")] == [[1, 2]]
        assert decode(for_ulab.data, "a").shape == (1, 2)
        shell.user_ns["a"] = 1
        assert not host.get("a").has_numpy_arrays

    def test_what_a_cell_has_shown(self, host, shell):
        output = {"data": {"text/plain": "42"}, "metadata": {}, "update": False}
        host.set_captured("out", {"stdout": "ü\n", "stderr": "e"}, [output])
        out = shell.user_ns["out"]
        assert (out.stdout, out.stderr) == ("ü\n", "e")
        assert out.outputs[0].data == {"text/plain": "42"}

    def test_there_is_none(self, host):
        with pytest.raises(VariableNotFoundError, match="no variable with name 'a' on the host"):
            host.get("a")

    def test_what_cannot_be_moved(self, host, shell):
        shell.user_ns["a"] = {"k": [print]}
        with pytest.raises(UnmovableValueError, match=r"a\['k'\]\[0\]: a builtin_function_or_method object"):
            host.get("a")
        with pytest.raises(
            UnmovableValueError, match=r"data\[0\]: a socket object cannot be moved to the host"
        ):
            host.set("b", b"l1;x6;socket", "data")
        assert "b" not in shell.user_ns

    def test_nonsense_from_a_board(self, host, shell):
        with pytest.raises(RemoteProtocolError, match="reading a value") as caught:
            host.set("b", b"l9;\xff\x00", "b")
        assert caught.value.received == b"l9;\xff\x00"
        assert "b" not in shell.user_ns

    def test_an_interrupt(self, host, shell):
        class Slow(list):
            def __iter__(self):
                raise KeyboardInterrupt

        shell.user_ns["a"] = Slow([1])
        with pytest.raises(KeyboardInterrupt):
            host.get("a")

    def test_code_of_the_user_that_fails(self, host, shell):
        class Bad(list):
            def __iter__(self):
                raise ZeroDivisionError("no items")

        shell.user_ns["a"] = Bad([1])
        with pytest.raises(IoTKernelError, match="ZeroDivisionError: no items"):
            host.get("a")


class TestStorage:
    def test_all_of_it(self, host):
        host.store("x", as_sent([1]))
        host.store("y", as_sent("é"))
        assert host.stored() == [("x", "[1]"), ("y", "'é'")]
        assert host.stored_names() == ["x", "y"]
        assert host.load("y").data == as_sent("é")
        host.forget(["x"])
        assert host.stored() == [("y", "'é'")]
        host.clear()
        assert host.stored() == []

    def test_there_is_none(self, host):
        with pytest.raises(VariableNotFoundError, match="no variable with name 'x' in storage"):
            host.load("x")
        with pytest.raises(VariableNotFoundError, match="no variable with name 'x' in storage"):
            host.forget(["x"])

    def test_what_boards_cannot_have(self, host, shell):
        shell.db["autorestore/x"] = {"a": 1 + 2j, "b": [object]}
        with pytest.raises(UnmovableValueError, match=r"x\['b'\]\[0\]: a type object cannot be moved"):
            host.load("x")

    def test_a_disk_that_refuses(self, host, shell, tmp_path):
        (tmp_path / "db" / "autorestore").write_text("in the way")
        with pytest.raises(FileExistsError):
            host.store("x", as_sent(1))

    def test_an_ipython_without_storage(self, host, shell):
        shell.db = {}
        with pytest.raises(IoTKernelError, match="pip install pickleshare"):
            host.stored()
