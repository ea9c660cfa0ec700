"""Packages from PyPI: what pip is told, and what arrives in the target. Pip is the real one."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from iot_kernel.packages import pip
from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.pip import ENVIRONMENT, RECORD, command, deliver, failure, is_unknown
from tests.free_ports import free_port
from tests.packages.pypi import PyPI


@pytest.fixture
def pypi():
    with PyPI() as server:
        yield server


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "libs"
    path.mkdir()
    return path


def run(pypi, target, *packages):
    """Runs pip for a target; returns what it said, and its exit status."""
    environment = {**os.environ, **ENVIRONMENT, **pypi.environment}
    done = subprocess.run(
        command(packages, target),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout, done.returncode


def install(pypi, target, *packages):
    with tempfile.TemporaryDirectory(dir=target) as directory:
        said, returncode = run(pypi, Path(directory), *packages)
        assert returncode == 0, said
        return deliver(Path(directory), target)


def tree(target):
    return {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()} - {RECORD}


def test_names_and_files_of_requirements():
    words = command(["-x", "a"], Path("there"), ["-needs.txt"])
    assert words[-5:] == ["--requirement", "-needs.txt", "--", "-x", "a"]
    assert words[words.index("--target") + 1] == "there"


def test_a_wheel(pypi, target):
    pypi.wheel("thing", "1.0", {"thing.py": "x = 1", "thing_extra/__init__.py": "", "thing_extra/a.py": ""})
    done = install(pypi, target, "thing")
    assert tree(target) == {"thing.py", "thing_extra/__init__.py", "thing_extra/a.py"}
    assert done.names == ["thing.py", "thing_extra"]
    assert (done.removed, done.compiled) == ([], [])


def test_a_source_distribution(pypi, target):
    pypi.sdist("built", "1.0", {"built/__init__.py": "x = 1"})
    install(pypi, target, "built")
    assert tree(target) == {"built/__init__.py"}


def test_no_dependencies_scripts_or_metadata(pypi, target):
    files = {"thing.py": "", "__pycache__/thing.cpython-311.pyc": "", "thing.egg-info/PKG-INFO": ""}
    pypi.wheel("thing", "1.0", files, scripts="thing = thing:main", requires="other")
    install(pypi, target, "thing")
    assert tree(target) == {"thing.py"}


def test_several_packages_with_versions(pypi, target):
    for version in ("1.0", "2.0"):
        pypi.wheel("a", version, {"a.py": f"version = {version!r}"})
    pypi.wheel("b", "1.0", {"b.py": ""})
    install(pypi, target, "a==1.0", "b>=0.5")
    assert tree(target) == {"a.py", "b.py"}
    assert (target / "a.py").read_text() == "version = '1.0'"


def test_what_else_is_in_the_target_stays(pypi, target):
    others = ["mine.py", "other-1.0.dist-info/METADATA", "__pycache__/mine.pyc", "bin/tool", "thing/mine.py"]
    for path in others:
        (target / path).parent.mkdir(exist_ok=True)
        (target / path).write_text("mine")
    pypi.wheel("thing", "1.0", {"thing/__init__.py": ""}, scripts="tool = thing:main")
    install(pypi, target, "thing")
    assert tree(target) == {*others, "thing/__init__.py"}
    assert {(target / path).read_text() for path in others} == {"mine"}


def test_two_packages_in_one_name_space(pypi, target):
    pypi.wheel("ns_a", "1.0", {"ns/a.py": ""})
    pypi.wheel("ns_b", "1.0", {"ns/b.py": ""})
    install(pypi, target, "ns_a", "ns_b")
    install(pypi, target, "ns_a")
    assert tree(target) == {"ns/a.py", "ns/b.py"}


def test_an_upgrade_removes_what_the_earlier_version_had(pypi, target):
    pypi.wheel("thing", "1.0", {"thing/__init__.py": "1", "thing/old/deep.py": "", "thing/both.py": "1"})
    install(pypi, target, "thing")
    (target / "thing" / "mine.py").write_text("mine")
    pypi.wheel("thing", "2.0", {"thing/__init__.py": "2", "thing/both.py": "2", "thing/new.py": ""})
    done = install(pypi, target, "thing")
    assert done.removed == ["thing/old/deep.py"]
    assert tree(target) == {"thing/__init__.py", "thing/both.py", "thing/new.py", "thing/mine.py"}
    assert not (target / "thing" / "old").exists()
    assert (target / "thing" / "both.py").read_text() == "2"


def test_an_upgrade_leaves_what_another_package_has_too(pypi, target):
    pypi.wheel("a", "1.0", {"shared.py": "a", "a.py": ""})
    pypi.wheel("b", "1.0", {"shared.py": "b"})
    install(pypi, target, "a")
    install(pypi, target, "b")
    pypi.wheel("a", "2.0", {"a.py": ""})
    assert install(pypi, target, "a").removed == []
    assert tree(target) == {"a.py", "shared.py"}


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"thing": 3}',
        b'{"thing": ["../outside.py", "/etc/passwd", 7, "link/inside.py", null]}',
    ],
)
def test_a_note_that_lies_removes_nothing(pypi, target, note):
    outside = target.parent / "outside.py"
    outside.write_text("mine")
    elsewhere = target.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "inside.py").write_text("mine")
    (target / "link").symlink_to(elsewhere)
    (target / RECORD).write_bytes(note)
    pypi.wheel("thing", "1.0", {"thing.py": ""})
    assert install(pypi, target, "thing").removed == []
    assert outside.exists()
    assert (elsewhere / "inside.py").exists()
    assert json.loads((target / RECORD).read_text())["thing"] == ["thing.py"]


@pytest.mark.parametrize(
    ("there", "files"), [("thing.py/x", {"thing.py": ""}), ("thing", {"thing/a.py": ""})]
)
def test_a_file_in_the_place_of_a_directory(pypi, target, there, files):
    (target / there).parent.mkdir(exist_ok=True)
    (target / there).write_text("mine")
    pypi.wheel("thing", "1.0", {"a.py": "", **files})
    with pytest.raises(PackageError, match=r"in its place already|is a file already"):
        install(pypi, target, "thing")
    assert tree(target) == {there}


def test_modules_for_this_computer_are_named(pypi, target):
    pypi.wheel("fast", "1.0", {"fast/__init__.py": "", "fast/_core.cpython-311-x86_64-linux-gnu.so": "ELF"})
    assert install(pypi, target, "fast").compiled == ["fast/_core.cpython-311-x86_64-linux-gnu.so"]


def test_a_package_that_does_not_exist(pypi, target):
    pypi.wheel("thing", "1.0", {"thing.py": ""})
    said, returncode = run(pypi, target, "thing", "nosuch")
    assert returncode != 0
    assert is_unknown(said)
    assert str(failure(["nosuch"], said)) == "nosuch: No matching distribution found for nosuch"
    assert tree(target) == set()


def test_a_package_that_cannot_be_built(pypi, target):
    pypi.sdist("broken", "1.0", {}, backend="raise SystemError('no compiler here')  # {name}{version}{files}")
    said, returncode = run(pypi, target, "broken")
    assert returncode != 0
    assert "no compiler here" in said
    assert str(failure(["broken"], said)).startswith("broken: ")


def test_an_index_that_cannot_be_reached(pypi, target):
    nobody = f"http://127.0.0.1:{free_port()}/simple"
    gone = SimpleNamespace(environment=pypi.environment | {"PIP_INDEX_URL": nobody, "PIP_RETRIES": "1"})
    said, returncode = run(gone, target, "nosuch")
    assert returncode != 0
    assert not is_unknown(said)
    assert str(failure(["nosuch"], said)).startswith(
        "nosuch: PyPI cannot be reached: is this computer on the"
    )


def test_a_failure_without_words():
    assert str(failure(["x"], "")) == "x: pip failed; see above"


@pytest.mark.parametrize(
    "name", ["x; touch broken", "$(touch broken)", "-r requirements.txt", "--help", "a'b\"c"]
)
def test_names_are_no_shell_and_no_options(pypi, target, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(pypi, target, name)[1] != 0
    assert not (tmp_path / "broken").exists()


def test_no_pip(target, monkeypatch):
    monkeypatch.setattr(pip, "find_spec", lambda name: None)
    with pytest.raises(PackageError, match=r"has none; .* -m ensurepip"):
        command(["x"], target)
