"""Modules on this computer: beside a notebook, and among the resources of a device file."""

from pathlib import Path

import pytest

from iot_kernel.config import DeviceConfig, Resource
from iot_kernel.config.device_files import DEFAULT_EXCLUDE, DEFAULT_INCLUDE
from iot_kernel.deployment import project
from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.project import Project
from iot_kernel.ucore import installed


def write(root, *paths):
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)


def test_beside_the_notebook(tmp_path):
    write(
        tmp_path,
        "a.py",
        "lib/b.py",
        "pack/__init__.py",
        "pack/in/c.py",
        "pack/.x/d.py",
        "pack/__pycache__/e.py",
    )
    write(tmp_path, "pack/notes.txt", "data/f.txt")
    found = Project(tmp_path)
    assert found.find("a") == {"a.py": b"a.py"}
    assert found.find("b") == {"lib/b.py": b"lib/b.py"}
    assert sorted(found.find("pack")) == ["pack/__init__.py", "pack/in/c.py"]
    assert found.find("data") is found.find("nothing") is None
    assert found.sources["pack/in/c.py"] == tmp_path / "pack" / "in" / "c.py"


def test_among_resources(tmp_path):
    write(tmp_path, "code/a.py", "code/lib/b.py", "code/lib/pack/c.py")
    resource = Resource("code", tmp_path, "/", None, DEFAULT_INCLUDE, DEFAULT_EXCLUDE)
    found = Project(tmp_path, DeviceConfig("bit", "02", Path("x.yaml"), 1, resources=(resource,)))
    assert found.find_elsewhere("a") == {"a.py": b"code/a.py"}
    assert found.find_elsewhere("b") == {"lib/b.py": b"code/lib/b.py"}
    assert found.find_elsewhere("pack") == {"lib/pack/c.py": b"code/lib/pack/c.py"}
    assert found.find_elsewhere("nothing") is Project(tmp_path).find_elsewhere("a") is None


def test_the_module_of_pipes_comes_with_the_kernel(tmp_path):
    assert Project(tmp_path, platform="rp2").find_elsewhere("ucore") == {"lib/ucore.py": installed("rp2")}


def test_what_is_too_much(tmp_path, monkeypatch):
    write(tmp_path, "a.py", "pack/b.py", "pack/c.py")
    monkeypatch.setattr(project, "LONGEST_MODULE", 3)
    with pytest.raises(DeployError, match=r"a\.py is too large for a module of a board"):
        Project(tmp_path).find("a")
    monkeypatch.setattr(project, "MOST_FILES", 1)
    with pytest.raises(DeployError, match="pack has more than 1 modules"):
        Project(tmp_path).find("pack")


def test_a_wrong_device_file_is_said(tmp_path):
    resource = Resource("code", tmp_path, "/", None, ("../*.py",), DEFAULT_EXCLUDE)
    write(tmp_path, "code/a.py")
    found = Project(tmp_path, DeviceConfig("bit", "02", Path("x.yaml"), 1, resources=(resource,)))
    with pytest.raises(DeployError, match=r"x\.yaml, line 0: .* without '\.\.'"):
        found.find_elsewhere("a")
