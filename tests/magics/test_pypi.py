"""%pip: from a local index into directories, with the real pip."""

import re
import threading
import time
from pathlib import Path

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.packages.errors import PackageError
from tests.packages.pypi import PyPI

DEADLINE = 30  # s; generous


@pytest.fixture
def projects(devices):
    return devices.parent / "iot_projects"


@pytest.fixture
def pypi(monkeypatch):
    with PyPI() as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found


class TestUsage:
    @pytest.mark.parametrize(
        ("cell", "problem"),
        [
            ("%pip list", "%pip only installs; its packages are files in {libs} or the DIR of -t: '! "),
            ("%pip freeze", "'! ls {libs}' lists them"),
            ("%pip show x", "'! ls {libs}' lists them"),
            ("%pip list --outdated", "'! ls {libs}' lists them"),
            ("%pip uninstall x", "'! rm -r {libs}/NAME' removes one here, and then '%rsync' on the board"),
            ("%pip remove x", "'! rm -r {libs}/NAME' removes one"),
            ("%pip upgrade x", "'%pip install NAME' installs the latest version"),
            ("%pip adafruit-io", "did you mean '%pip install adafruit-io'?"),
            ("%pip install", "the following arguments are required: packages"),
            ("%pip install -t libs", "the following arguments are required: packages"),
            ("%pip", "the following arguments are required: operation"),
            ("%pip install -t :/lib x", "%pip installs on this computer; '%upip install -t :/lib'"),
        ],
    )
    def test_what_is_asked_wrongly(self, notebook, projects, cell, problem):
        with pytest.raises(UsageError, match=re.escape(problem.format(libs=projects / "libs"))):
            notebook.run(cell)
        assert list(projects.iterdir()) == []

    def test_a_directory_with_a_blank(self, notebook, monkeypatch, tmp_path):
        monkeypatch.setenv("IOT_PROJECTS", str(tmp_path / "my projects"))
        with pytest.raises(UsageError, match=r"'! ls \"[^\"]*/my projects/libs\"' lists them"):
            notebook.run("%pip list")

    @pytest.mark.parametrize("name", ["nosuch.txt", "./nosuch.txt", "~/nosuch.txt"])
    def test_a_file_of_requirements_that_is_missing(self, notebook, projects, monkeypatch, tmp_path, name):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(FileNotFoundError, match=r"no such file or directory on this computer: '.*nosuch"):
            notebook.run(f"%pip install -r {name}")
        assert list(projects.iterdir()) == []


class TestPip:
    def test_a_package(self, notebook, pypi, projects):
        pypi.wheel("Thing_One", "1.0", {"thing_one/__init__.py": "x = 1"}, requires="other")
        text = notebook.run("%pip install Thing-One")
        assert "Successfully installed Thing_One-1.0" in text.replace("Thing-One", "Thing_One")
        assert text.endswith(f"Installed to {projects}/libs: thing_one\n")
        assert [path.name for path in (projects / "libs/thing_one").iterdir()] == ["__init__.py"]

    def test_another_directory(self, notebook, pypi, tmp_path):
        pypi.wheel("thing", "1.0", {"thing.py": ""})
        notebook.run(f"%pip install -t {tmp_path}/deep/libs thing\n")
        assert (tmp_path / "deep/libs/thing.py").exists()

    def test_no_directory_is_called_like_a_home(self, notebook, pypi, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.delenv("IOT_PROJECTS")
        pypi.wheel("thing", "1.0", {"thing.py": ""})
        notebook.run("%pip install thing\n%pip install -t ~/other thing")
        assert (tmp_path / "home/projects/libs/thing.py").exists()
        assert (tmp_path / "home/other/thing.py").exists()
        assert not list(tmp_path.glob("~*"))

    def test_a_failure_is_the_cells(self, notebook, pypi, projects):
        pypi.wheel("thing", "1.0", {"thing.py": ""})
        with pytest.raises(PackageError, match=r"^thing nosuch: No matching distribution found for nosuch$"):
            notebook.run("%pip install thing nosuch")
        assert "ERROR: No matching distribution found for nosuch" in notebook.stdout
        assert list((projects / "libs").iterdir()) == []

    def test_the_users_secrets_are_no_package(self, notebook, pypi, projects):
        (projects / "libs").mkdir()
        (projects / "libs" / "secrets.py").write_text("mine")
        pypi.wheel("thing", "1.0", {"a.py": "", "secrets.py": "other"})
        with pytest.raises(PackageError, match=r"would replace .*libs/secrets\.py"):
            notebook.run("%pip install thing")
        assert [path.name for path in (projects / "libs").iterdir()] == ["secrets.py"]

    def test_machine_code_is_named(self, notebook, pypi):
        pypi.wheel("fast", "1.0", {"fast/__init__.py": "", "fast/_core.so": "ELF"})
        notebook.run("%pip install fast")
        assert notebook.stderr == "fast/_core.so is machine code for this computer; no board can import it\n"

    def test_an_upgrade(self, notebook, pypi):
        pypi.wheel("thing", "1.0", {"thing.py": "", "old.py": ""})
        notebook.run("%pip install thing")
        pypi.wheel("thing", "2.0", {"thing.py": ""})
        assert "Removed old.py of an earlier version\n" in notebook.run("%pip install thing")

    @pytest.mark.parametrize("option", ["-U", "--upgrade"])
    def test_the_latest_is_installed_whether_asked_for_or_not(self, notebook, pypi, option, projects):
        pypi.wheel("thing", "1.0", {"thing.py": "1"})
        notebook.run("%pip install thing")
        pypi.wheel("thing", "2.0", {"thing.py": "2"})
        notebook.run(f"%pip install {option} thing")
        assert (projects / "libs/thing.py").read_text() == "2"

    def test_a_file_of_requirements(self, notebook, pypi, projects, monkeypatch, tmp_path):
        for name in ("one", "two", "three"):
            pypi.wheel(name, "1.0", {f"{name}.py": "1"})
            pypi.wheel(name, "2.0", {f"{name}.py": "2"})
        (tmp_path / "needs.txt").write_text("# what the robot needs\none==1.0\n-r more.txt\n")
        (tmp_path / "more.txt").write_text("two\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HERE", str(tmp_path))
        text = notebook.run("%pip install -t robot -r $HERE/needs.txt three==1.0")
        assert text.endswith(f"Installed to {projects}/robot: one.py, three.py, two.py\n")
        assert [(projects / "robot" / name).read_text() for name in ("one.py", "two.py", "three.py")] == [
            *"121"
        ]
        assert notebook.run("%pip install --requirement more.txt").endswith("/libs: two.py\n")
        assert notebook.run("%pip install -r more.txt -r needs.txt").endswith("/libs: one.py, two.py\n")

    def test_a_file_of_requirements_that_fails_or_is_empty(self, notebook, pypi, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "needs.txt").write_text("nosuch")
        with pytest.raises(PackageError, match=r"^needs.txt: No matching distribution found for nosuch$"):
            notebook.run("%pip install -r needs.txt")
        (tmp_path / "needs.txt").write_text("# nothing")
        assert notebook.run("%pip install -r needs.txt").endswith("\nno packages\n")

    def test_an_interrupt_ends_all_that_pip_started(self, notebook, pypi, tmp_path, projects):
        marker = tmp_path / "building"
        backend = f"""
import subprocess, sys
open({str(marker)!r}, "w").close()
subprocess.run([sys.executable, "-c", "import time; time.sleep(1000)", "iot-kernel-test-{tmp_path.name}"])
# {{name}}{{version}}{{files}}
"""
        pypi.sdist("slow", "1.0", {}, backend=backend)

        def interrupt():
            wait_until(marker.exists)
            wait_until(lambda: running(f"iot-kernel-test-{tmp_path.name}"))
            notebook.interrupt()

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            notebook.run("%pip install slow")
        thread.join()
        wait_until(lambda: not running(f"iot-kernel-test-{tmp_path.name}"))
        assert list((projects / "libs").iterdir()) == []


def wait_until(condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def running(word):
    """Whether a process has a word among its arguments."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes().split(b"\0"):
                return True
        except OSError:
            continue
    return False
