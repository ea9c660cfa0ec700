"""%stubs: from a local index into a directory of their own, with the real pip."""

import pytest

from iot_kernel.analysis.static_names import StaticNames
from iot_kernel.packages.errors import PackageError
from iot_kernel.packages.stubs import stubs_directory
from tests.packages.pypi import PyPI


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


def publish(pypi, version):
    pypi.wheel("micropython_unix_stubs", f"{version}.0.post1", {"machine.pyi": "class Pin: ...\n"})
    pypi.wheel("micropython_stdlib_stubs", f"{version}.0", {"stdlib/array.pyi": "class array: ...\n"})


def test_they_are_installed(connected, pypi, monkeypatch):
    monkeypatch.setattr("iot_kernel.magics.progress.PATIENCE", 0)
    notebook, version = connected
    publish(pypi, version)
    assert notebook.run("%stubs") == f"Installed micropython-unix-stubs for {version}\n"
    assert notebook.displays[0][0]["text/plain"] == "installing micropython-unix-stubs"
    place = stubs_directory() / f"micropython-unix-stubs-{version}"
    assert (place / "machine.pyi").is_file()
    assert StaticNames(place).modules() == ["array", "machine"]
    assert "is installed ('%stubs -U'" in notebook.run("%stubs")
    (place / "machine.pyi").unlink()
    notebook.run("%stubs -U")
    assert (place / "machine.pyi").is_file()
    assert [path.name for path in stubs_directory().iterdir()] == [place.name]


def test_where_there_are_none_for_the_version(connected, pypi):
    notebook, version = connected
    publish(pypi, "1.2")
    notebook.run("%stubs")
    assert f"no micropython-unix-stubs for {version} (yet)" in notebook.stderr
    assert (stubs_directory() / f"micropython-unix-stubs-{version}" / "machine.pyi").is_file()


def test_where_there_are_none(connected, pypi):
    notebook, _ = connected
    with pytest.raises(PackageError, match="has no such package, or"):
        notebook.run("%stubs")
    assert list(stubs_directory().iterdir()) == []


def test_an_index_out_of_reach(connected, pypi, monkeypatch):
    notebook, _ = connected
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(PackageError):
        notebook.run("%stubs")
    assert list(stubs_directory().iterdir()) == []
