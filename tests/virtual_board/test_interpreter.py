"""Finding MicroPython, and saying what is wrong with what was found."""

import os
import re
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.virtual_board.interpreter import environment, explain, find_interpreters, nothing_found
from tools import boards

URL = "sim://x"


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment with no MicroPython anywhere."""
    for name in ("IOT_MICROPYTHON", "IOT_KERNEL_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def program(path, text="#!/bin/sh\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class TestFinding:
    def test_none_and_how_to_get_one(self, bare):
        assert find_interpreters(URL) == []
        error = nothing_found(URL, "WASM")
        assert error.reason is ConnectReason.MISSING
        assert re.search(r"apt install micropython.*brew install micropython.*WASM", str(error))

    def test_there_is_no_unix_port_on_windows(self, bare, monkeypatch):
        program(bare / "path" / "micropython")
        monkeypatch.setattr("iot_kernel.virtual_board.interpreter.os", SimpleNamespace(name="nt"))
        with monkeypatch.context() as patch:
            patch.setattr("iot_kernel.virtual_board.interpreter.cache", lambda: bare)
            assert find_interpreters(URL) == []
        error = str(nothing_found(URL, "WASM"))
        assert "WASM" in error
        assert "apt" not in error

    def test_on_path_and_then_in_the_cache(self, bare):
        cached = program(bare / "home" / ".cache" / "iot-kernel" / "bin" / "micropython")
        installed = program(bare / "path" / "micropython")
        assert find_interpreters(URL) == [installed, cached]

    def test_caches_of_others(self, bare, monkeypatch):
        monkeypatch.setenv("XDG_CACHE_HOME", str(bare / "xdg"))
        shared = program(bare / "xdg" / "iot-kernel" / "bin" / "micropython")
        assert find_interpreters(URL) == [shared]
        monkeypatch.setenv("IOT_KERNEL_CACHE", str(bare / "ours"))
        ours = program(bare / "ours" / "bin" / "micropython")
        assert find_interpreters(URL) == [ours]

    def test_a_named_one_and_no_other(self, bare):
        program(bare / "path" / "micropython")
        wanted = program(bare / "mine" / "mp")
        assert find_interpreters(URL, str(wanted)) == [wanted]

    def test_a_named_one_that_is_missing(self, bare):
        program(bare / "path" / "micropython")
        with pytest.raises(ConnectError, match="there is no program '/no/where'"):
            find_interpreters(URL, "/no/where")


class TestExplaining:
    @pytest.mark.board
    def test_a_good_one(self):
        assert explain(URL, Path(boards.micropython())) is None

    def test_another_program(self, tmp_path):
        assert "is not MicroPython's unix port" in str(explain(URL, program(tmp_path / "mp")))

    def test_another_python(self):
        assert "is not MicroPython's unix port" in str(explain(URL, Path(sys.executable)))

    def test_one_that_lacks_something(self, tmp_path):
        old = program(tmp_path / "mp", "#!/bin/sh\necho 'MicroPython 1.17.0 lacks threads, select.poll'\n")
        assert "is MicroPython 1.17.0 without threads, select.poll" in str(explain(URL, old))

    def test_one_that_does_not_start(self, tmp_path):
        error = explain(URL, program(tmp_path / "mp", "#!/no/such/interpreter\n"))
        assert error is not None
        assert error.reason is ConnectReason.UNSUPPORTED
        assert "cannot run" in str(error)


def test_a_board_gets_no_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    assert "SECRET_TOKEN" not in environment()
    assert environment()["PATH"] == os.environ["PATH"]
