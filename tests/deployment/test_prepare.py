"""The plan of a deployment, from a notebook, a project and a board."""

import pytest

from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.prepare import prepare
from iot_kernel.sync.errors import CompileError
from tests.deployment.notebooks import program
from tests.opened import opened

pytestmark = pytest.mark.board


def test_imports_are_looked_up_everywhere(device, save, tmp_path):
    (tmp_path / "beside.py").write_text("import stored")
    (tmp_path / "machine.py").write_text("not for boards")
    device.files.write("/lib/stored.mpy", b"M")
    found = prepare(device, save(program("import beside, machine, part, ucore", part="import asyncio")))
    assert found.plan.adds == ("beside.py", "lib/ucore.py", "main.py", "part.py")
    assert found.plan.contents["main.py"] == b"import beside, machine, part, ucore\n\n"
    assert found.origins == {"beside.py": tmp_path / "beside.py"}
    assert not found.is_deployed


def test_modules_that_are_nowhere(device, save, tmp_path):
    (tmp_path / "beside.py").write_text("\nimport lost")
    device.files.write("/.deploy/4/old.py", b"")
    device.exec("import sys\nsys.path.insert(0, '/.deploy/4')")
    with pytest.raises(DeployError) as caught:
        prepare(device, save(program("import beside", "import umqtt.simple, old")))
    device.exec("sys.path.pop(0)")
    cell = "cell [1] 'import beside', line 2"
    assert caught.value.problems[:-1] == (
        f"{cell}: there is no module umqtt.simple; '%upip install umqtt.simple' installs it",
        f"{cell}: there is no module old",
        "beside.py, line 2: there is no module lost",
    )
    assert caught.value.problems[-1].startswith("modules were looked for in the firmware")


def test_firmware_that_does_not_list_its_modules(device, save):
    real = device.exec
    device.exec = lambda code, **more: real(
        code.replace('"modules"', '""').replace("'modules'", "''"), **more
    )
    try:
        found = prepare(device, save(program("import time, lost")))
    finally:
        del device.exec
    assert found.notes == ["this firmware does not list its modules, so it may have these or not: lost, time"]


def test_compiled_modules(device, save):
    found = prepare(device, save(program("import part", part="x = 1")), mpy=True)
    assert found.plan.adds == ("main.py", "part.mpy")
    assert found.plan.contents["part.mpy"].startswith(b"M")
    assert sorted(found.sources) == ["main.py", "part.py"]


def test_a_mistake_that_the_compiler_finds(device, save, tmp_path):
    (tmp_path / "beside.py").write_text("x = 1\ndef f(: pass")
    with pytest.raises(CompileError, match=r"beside\.py, line 2"):
        prepare(device, save(program("import beside")), mpy=True)


def test_files_that_are_no_notebooks(device, save, tmp_path):
    with pytest.raises(
        DeployError, match=r"none\.ipynb cannot be read \(No such file or directory\): has the notebook"
    ):
        prepare(device, tmp_path / "none.ipynb")
    (tmp_path / "latin.ipynb").write_bytes(b"\xff\xfe")
    with pytest.raises(DeployError, match="not text in UTF-8"):
        prepare(device, tmp_path / "latin.ipynb")


def test_boards_that_cannot_have_programs_beside_one_another(save, microbit):
    with (
        opened(microbit) as device,
        pytest.raises(DeployError, match="file system has no directories, so a new"),
    ):
        prepare(device, save(program("x = 1")))


def test_a_board_that_starts_no_main(save, wasm):
    with opened(wasm) as device, pytest.raises(DeployError, match=r"this firmware starts no main\.py"):
        prepare(device, save(program("x = 1")))
