"""Which Pythons are found, and that environments work where the system cannot start their Python itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.box import script
from tools import pythons
from tools.pythons import NoPythonError, Python, find

HERE = "{}.{}".format(*sys.version_info[:2])


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Pythons are looked for, and nowhere else."""
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_of_this_machine(path: Path) -> None:
    (path / f"python{HERE}").symlink_to(sys.executable)
    assert find(HERE) == Python(HERE, path / f"python{HERE}")


def test_pyenv_has_a_stand_in_that_refuses(path: Path) -> None:
    script(path / "python3.12", "#!/bin/sh\nexit 127\n")
    real = script(path / "pyenv/versions/3.12.1/bin/python3.12", "#!/bin/sh\necho 3.12\n")
    assert find("3.12") == Python("3.12", real)


def test_one_that_nobody_has(path: Path) -> None:
    with pytest.raises(NoPythonError, match=r"no python3\.12 on PATH or of pyenv, and Debian has none"):
        find("3.12")


def test_an_environment_is_made_anew(tmp_path: Path) -> None:
    place = tmp_path / "env"
    (place / "old").mkdir(parents=True)
    python = Python(HERE, Path(sys.executable)).make_environment(place)
    assert said(python, "sys.prefix") == str(place)
    assert not (place / "old").exists()


def test_an_environment_of_a_python_with_a_loader(tmp_path: Path) -> None:
    """The loader of the C library takes the options that are used; here a script stands for it."""
    home = Path(sys.base_prefix, "bin")
    loader = script(
        tmp_path / "loader", '#!/bin/bash\n[ "$3" = --library-path ] && exec -a "$2" "$5" "${@:6}"\n'
    )
    foreign = Python(HERE, home / f"python{HERE}", (str(loader), "--library-path", "/none"))
    place = tmp_path / "with a blank"
    python = foreign.make_environment(place)
    assert said(python, "sys.executable") == str(python)
    assert said(python, "sys.prefix") == str(place)
    assert said(python, "subprocess.check_output([sys.executable, '-c', 'print(6 * 7)'])") == r"b'42\n'"


def said(python: Path, expression: str) -> str:
    code = f"import subprocess, sys; print({expression})"
    return subprocess.check_output([python, "-c", code], text=True).strip()


def test_every_python_of_debian_is_in_one_suite() -> None:
    assert set(pythons.SUITES.values()) == {"bookworm", "trixie", "forky"}
