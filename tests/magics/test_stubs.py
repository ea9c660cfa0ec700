"""%stubs: from a local index into a directory of their own, with the real pip."""

import threading

import pytest

from iot_kernel.analysis.static_names import StaticNames
from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.stubs import stubs_directory
from tests.packages.pypi import PyPI, say_html


@pytest.fixture
def pypi(monkeypatch):
    with PyPI() as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def connected(notebook, unix, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    notebook.run(f"%connect {unix.url}")
    version = notebook.session.device().info.version
    return notebook, ".".join(version.split(".")[:2])


TIME = """
def sleep_ms(ms: int, /) -> None:
    'Waits.'
"""


def publish(pypi, version):
    pypi.wheel(
        "micropython_unix_stubs", f"{version}.0.post1", {"machine.pyi": "class Pin: ...\n", "time.pyi": TIME}
    )
    pypi.wheel("micropython_stdlib_stubs", f"{version}.0", {"stdlib/array.pyi": "class array: ...\n"})


def test_they_are_installed(connected, pypi, monkeypatch):
    monkeypatch.setattr("iot_kernel.magics.progress.PATIENCE", 0)
    notebook, version = connected
    publish(pypi, version)
    place = stubs_directory() / f"micropython-unix-stubs-{version}"
    place.mkdir(parents=True)  # without anything in it, which is no installation
    assert notebook.run("%stubs") == f"Installed micropython-unix-stubs for {version}\n"
    assert notebook.displays[0][0]["text/plain"] == "installing micropython-unix-stubs"
    assert (place / "machine-stubs" / "__init__.pyi").is_file()
    assert StaticNames(place).modules() == ["array", "machine", "time"]
    assert "is installed ('%stubs -U'" in notebook.run("%stubs")
    (place / "machine-stubs" / "__init__.pyi").unlink()
    notebook.run("%stubs -U")
    assert (place / "machine-stubs" / "__init__.pyi").is_file()
    assert (
        StaticNames(place).help("import time\n", "time.sleep_ms", 8)
        == "sleep_ms(ms: int, /) -> None\n\nWaits."
    )
    names = {name.name for name in StaticNames(place).complete("import time\n", "time.", 5)}
    assert "sleep_ms" in names
    assert "strftime" not in names  # this computer's Python has it
    assert [path.name for path in stubs_directory().iterdir()] == [place.name]


def test_where_there_are_none_for_the_version(connected, pypi):
    notebook, version = connected
    publish(pypi, "1.2")
    notebook.run("%stubs")
    assert f"no micropython-unix-stubs for {version} (yet)" in notebook.stderr
    assert (stubs_directory() / f"micropython-unix-stubs-{version}" / "machine-stubs").is_dir()


def test_where_there_are_none(connected, pypi):
    notebook, _ = connected
    with pytest.raises(PackageError, match="PyPI has no such package"):
        notebook.run("%stubs")
    assert list(stubs_directory().iterdir()) == []


@pytest.mark.parametrize("answer", ["a page", "half of it", "no stubs"])
def test_an_index_with_rubbish(connected, pypi, answer):
    """Nothing is left, nothing is promised, and stubs that are there stay."""
    notebook, version = connected
    old = stubs_directory() / f"micropython-unix-stubs-{version}" / "machine.pyi"
    old.parent.mkdir(parents=True)
    old.touch()
    publish(pypi, version)
    for path, content in list(pypi.files.items()):
        if answer == "half of it":
            pypi.files[path] = content[: len(content) // 2]
    for path in list(pypi.answers):
        if answer == "a page":
            pypi.answers[path] = lambda handler: say_html(handler, "<h1>Log in</h1>")
    if answer == "no stubs":
        pypi.wheel("micropython_unix_stubs", f"{version}.1", {"README.txt": ""})
        pypi.wheel("micropython_stdlib_stubs", f"{version}.1", {"README.txt": ""})
    with pytest.raises(
        PackageError, match={"no stubs": "has no stubs", "half of it": "HASHES"}.get(answer, "no such")
    ):
        notebook.run("%stubs -U")
    assert notebook.stderr == ""
    assert [path.name for path in stubs_directory().iterdir()] == [old.parent.name]
    assert old.is_file()


def test_an_interrupt_leaves_what_was_there(connected, pypi):
    notebook, version = connected
    old = stubs_directory() / f"micropython-unix-stubs-{version}" / "machine.pyi"
    old.parent.mkdir(parents=True)
    old.touch()
    publish(pypi, version)
    asked = threading.Event()
    for path in pypi.answers:  # the index never answers
        pypi.answers[path] = lambda handler: (asked.set(), stopped.wait(30))
    stopped = threading.Event()
    stopper = threading.Thread(target=lambda: (asked.wait(30), notebook.interrupt(), stopped.set()))
    stopper.start()
    with pytest.raises(KeyboardInterrupt):
        notebook.run("%stubs -U")
    stopper.join()
    assert [path.name for path in stubs_directory().iterdir()] == [old.parent.name]
    assert old.is_file()


def test_an_index_out_of_reach(connected, pypi, monkeypatch):
    notebook, _ = connected
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(PackageError):
        notebook.run("%stubs")
    assert list(stubs_directory().iterdir()) == []
