"""Environment variables and the state file, as a consumer reads them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_runtime_dir

from tests.each import each
from ukernel.pipes import endpoints
from ukernel.pipes.endpoints import StateError, entries_in, port_from, read_state, state_path, token_from


def test_the_state_file_is_where_it_is_named(monkeypatch):
    assert state_path({"UCORE_STATE_PATH": "/a/b.json"}) == Path("/a/b.json")
    assert state_path({"UCORE_STATE_PATH": "~/b.json"}) == Path.home() / "b.json"


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"JUPYTER_RUNTIME_DIR": "/r"},
        {"JUPYTER_DATA_DIR": "/d"},
        {"XDG_DATA_HOME": "/x"},
        {"JUPYTER_DATA_DIR": "/d", "XDG_DATA_HOME": "/x"},
        {"JUPYTER_PLATFORM_DIRS": "1"},
    ],
)
def test_else_it_is_where_jupyter_keeps_such_files(monkeypatch, variables):
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "XDG_DATA_HOME", "JUPYTER_PLATFORM_DIRS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    environ = {**os.environ, "UCORE_STATE_PATH": ""}
    assert state_path(environ) == Path(jupyter_runtime_dir()) / "iot-kernel" / "pipes.json"


def test_the_port():
    assert port_from({}) is port_from({"UCORE_PIPE_PORT": " "}) is None
    assert port_from({"UCORE_PIPE_PORT": " 8123 "}) == 8123


@each("text", ["0", "-1", "65536", "auto", "1e3", "80a", "²"])
def test_no_port(text):
    with pytest.raises(ValueError, match="UCORE_PIPE_PORT"):
        port_from({"UCORE_PIPE_PORT": text})


def test_the_token():
    assert token_from({}) is None
    assert token_from({"UCORE_PIPE_TOKEN": ""}) == ""
    assert token_from({"UCORE_PIPE_TOKEN": "a-b_c"}) == "a-b_c"


@each("token", ["a b", "a\n", "µ", "a" * 257])
def test_no_token(token):
    with pytest.raises(ValueError, match="UCORE_PIPE_TOKEN") as caught:
        token_from({"UCORE_PIPE_TOKEN": token})
    assert token not in str(caught.value)


def test_no_file_is_no_kernel(tmp_path):
    assert read_state(tmp_path / "none") == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "3", "[" * 100_000, '{"a": ' + " " * 1_000_001 + "1}", "\0\xff"]
)
def test_a_file_that_is_something_else(tmp_path, text):
    path = tmp_path / "pipes.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(StateError, match=str(path)):
        read_state(path)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(StateError, match=str(tmp_path)):
        read_state(tmp_path)


def entry(**more):
    return {"pid": os.getpid(), "started": 5.0, "port": 4000, "token": "t", **more}


def test_living_kernels_newest_first():
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    kernels = [entry(), entry(started=7, port=4001), entry(pid=dead.pid, started=9)]
    assert [found.port for found in entries_in({"kernels": kernels})] == [4001, 4000]


@each(
    "wrong",
    [
        None,
        [],
        "x",
        {},
        {"port": "4000"},
        {"port": 0},
        {"port": 70000},
        entry(pid="1"),
        entry(pid=2**40),
        entry(pid=-5),
        entry(token=None),
        entry(token=5),
        entry(started="x"),
        entry(device=[]),
    ],
)
def test_entries_that_make_no_sense_are_left_out(wrong):
    assert [found.port for found in entries_in({"kernels": [wrong, entry()]})] == [4000]


@each("state", [{}, {"kernels": 5}, {"pipe_port": "x"}, {"pipe_port": None}])
def test_no_entries(state):
    assert entries_in(state) == []


def test_a_file_of_a_program_that_knows_one_kernel():
    assert [(found.pid, found.port) for found in entries_in({"pipe_port": 4000})] == [(0, 4000)]


def test_whose_board_it_is():
    (found,) = entries_in({"kernels": [entry(device="esp", uid="30:ae", url="sim://")]})
    assert all(found.is_of(name) for name in ("esp", "30:ae", "sim://"))
    assert not found.is_of("other")


def test_processes(monkeypatch):
    assert endpoints.is_alive(os.getpid())
    assert endpoints.is_alive(1)
    assert endpoints.is_alive(0)


class Kernel32:
    """What Windows answers about processes: running, ended, another user's, none."""

    def __init__(self, handle=7, code=259, error=0):
        self.handle, self.code, self.error = handle, code, error
        self.open = 0

    def OpenProcess(self, rights, inherits, pid):  # noqa: N802
        assert (rights, inherits, pid) == (0x1000, False, 4711)
        self.open += bool(self.handle)
        return self.handle

    def GetExitCodeProcess(self, handle, code):  # noqa: N802
        code._obj.value = self.code
        return 1

    def CloseHandle(self, handle):  # noqa: N802
        self.open -= 1

    def GetLastError(self):  # noqa: N802
        return self.error


def test_processes_of_windows():
    for answers, is_alive in (
        (Kernel32(), True),
        (Kernel32(code=0), False),
        (Kernel32(handle=0, error=5), True),
        (Kernel32(handle=0, error=87), False),
    ):
        assert endpoints._is_alive_on_windows(4711, answers) is is_alive
        assert answers.open == 0
