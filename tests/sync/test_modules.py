"""Compiling modules with the real mpy-cross, and keeping what came out."""

import os
import subprocess
from pathlib import Path

import pytest

from iot_kernel.sync import modules
from iot_kernel.sync.compilers import Compiler, ImportFormat, choose, find_compilers
from iot_kernel.sync.errors import CompileError
from iot_kernel.sync.modules import Modules
from iot_kernel.sync.tree import HostFile

X64 = 6 | 3 << 8 | 2 << 10
SOURCE = b"def f():\n    return 42\n"


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    return list(find_compilers({"PATH": ""}, tmp_path_factory.mktemp("programs")))


@pytest.fixture
def runs(monkeypatch):
    """Counts how often a program is run."""
    found = []
    run = subprocess.run

    def count(command, **options):
        found.append(command)
        return run(command, **options)

    monkeypatch.setattr(modules.subprocess, "run", count)
    return found


@pytest.fixture
def compiling(known, tmp_path):
    def make(mpy=X64, kept=tmp_path / "kept"):
        wanted = ImportFormat(mpy, "micropython")
        return Modules(choose(known, wanted, "b.yaml"), wanted, kept)

    return make


def file(data=SOURCE, source="/projects/robot/a.py"):
    return HostFile(Path(source), data)


def test_compiled_for_the_board(compiling):
    assert compiling().compile(file(), "/lib/a.py")[:3] == b"M\x06\x00"
    assert compiling(5).compile(file(), "/lib/a.py")[:2] == b"M\x05"


def test_tracebacks_show_the_path_on_the_board(compiling):
    data = compiling().compile(file(), "/lib/it's ü.py")
    assert "lib/it's ü.py".encode() in data
    assert b"robot" not in data
    assert compiling().compile(file(), "/" + 300 * "a" + ".py")


def test_the_same_every_time(compiling, tmp_path):
    first = compiling(kept=tmp_path / "1").compile(file(), "/a.py")
    assert compiling(kept=tmp_path / "2").compile(file(source="/elsewhere/b.py"), "/a.py") == first


def test_compiled_once(compiling, runs):
    first = compiling().compile(file(), "/a.py")
    assert len(runs) == 1
    assert compiling().compile(file(), "/a.py") == first
    assert compiling(6 | 3 << 8 | 5 << 10).compile(file(), "/a.py") == first  # bytecode runs everywhere
    assert len(runs) == 1


def test_compiled_anew_when_anything_is_different(compiling, runs):
    compiling().compile(file(), "/a.py")
    compiling().compile(file(SOURCE + b"\n"), "/a.py")
    compiling().compile(file(), "/b.py")
    compiling(5).compile(file(), "/a.py")
    assert len(runs) == 4


def test_what_was_kept_and_is_damaged_is_compiled_anew(compiling, runs, tmp_path):
    first = compiling().compile(file(), "/a.py")
    (kept,) = (tmp_path / "kept").iterdir()
    kept.write_bytes(b"M")
    assert compiling().compile(file(), "/a.py") == first
    assert len(runs) == 2
    assert kept.read_bytes() == first


def test_the_oldest_are_forgotten(compiling, tmp_path, monkeypatch):
    monkeypatch.setattr(modules, "KEPT", 2)
    for number in range(3):
        compiling().compile(file(b"x = %d" % number), "/a.py")
        for path in (tmp_path / "kept").iterdir():
            os.utime(path, (path.stat().st_mtime - 10,) * 2)
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_a_directory_that_cannot_be_written_costs_time_only(compiling, tmp_path):
    (tmp_path / "file").touch()
    assert compiling(kept=tmp_path / "file" / "kept").compile(file(), "/a.py")


class TestMachineCode:
    NATIVE = b"import micropython\n@micropython.native\ndef f():\n    return 42\n"

    def test_for_the_boards_architecture(self, compiling):
        assert compiling().compile(file(self.NATIVE), "/a.py")[2] == 3 | 2 << 2

    def test_for_none_that_is_known(self, compiling):
        with pytest.raises(CompileError, match=r"a\.py, line 2: SyntaxError: invalid arch"):
            compiling(6 | 3 << 8).compile(file(self.NATIVE), "/a.py")

    def test_for_another_sub_version(self, known, tmp_path):
        wanted = ImportFormat(6 | 2 << 10, "micropython")
        newest = Modules(known[0], wanted, tmp_path)
        with pytest.raises(CompileError, match=r"another version than mpy-cross .* 'mpy: false'"):
            newest.compile(file(self.NATIVE), "/a.py")


def test_a_mistake_in_the_module(compiling, tmp_path):
    with pytest.raises(CompileError, match=r"^/projects/robot/a\.py, line 2: SyntaxError: invalid syntax$"):
        compiling().compile(file(b"x = 1\ny = 1 +\n"), "/a.py")
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("#!/bin/sh\nexit 3\n", "mpy-cross ended with status 3"),
        ("#!/bin/sh\nexit 0\n", "failed: .*No such file"),
        ('#!/bin/sh\nfor a; do :; done\nprintf C > "$(dirname "$a")/module.mpy"\n', "another version"),
    ],
)
def test_a_compiler_that_fails(tmp_path, program, words):
    path = tmp_path / "mpy-cross"
    path.write_text(program)
    path.chmod(0o755)
    compiler = Compiler(path, 6, 3, False, "mpy-cross")
    with pytest.raises(CompileError, match=words):
        Modules(compiler, ImportFormat(X64, "micropython"), tmp_path / "kept").compile(file(), "/a.py")


def test_a_compiler_of_circuitpython(tmp_path):
    path = tmp_path / "mpy-cross"
    path.write_text(
        '#!/bin/sh\nfor a; do :; done\nprintf \'C\\006\\000\\037\' > "$(dirname "$a")/module.mpy"\n'
    )
    path.chmod(0o755)
    compiler = Compiler(path, 6, 3, True, "mpy-cross of CircuitPython")
    wanted = ImportFormat(6 | 3 << 8, "circuitpython")
    assert Modules(compiler, wanted, tmp_path / "kept").compile(file(), "/a.py") == b"C\x06\x00\x1f"
