"""The programs of docs/reference/python-api.md run, one after the other; what it says of names is so."""

import re
from pathlib import Path

import pytest

import iot_kernel
from iot_kernel.api import public
from tests.deployment.notebooks import program

TEXT = (Path(__file__).parents[1] / "docs" / "reference" / "python-api.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)

#: A program is watched for five seconds, three times.
SHORT = {
    'deploy("robot.ipynb")': 'deploy("robot.ipynb", seconds=0.3)',
    "roll_back()": "roll_back(seconds=0.3)",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IOT_PROJECTS", "IOT_DEVICES"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "project").mkdir()
    (tmp_path / "project/main.py").write_text("print('main')\n")
    (tmp_path / "robot.ipynb").write_text(program("print('robot')"))
    return tmp_path


@pytest.mark.board
def test_the_programs_run(here, capsys):
    space = {"__name__": "__main__"}
    try:
        for number, text in enumerate(PROGRAMS):
            for call, short in SHORT.items():
                text = text.replace(call, short)
            file = here / f"program{number}.py"
            file.write_text(text)
            exec(compile(text, str(file), "exec"), space)
    finally:
        if "board" in space:
            space["board"].close()
    assert (space["output"], space["total"], space["slept"]) == ("0\n1\n2\n", 4950, 50)
    assert space["limits"] == {"low": 1.5, "high": [3, 4]}
    assert space["plan"].is_empty
    assert (here / "backup/main.py").read_text() == "print('main')\n"
    assert list(space["both"]) == ["one", "two"]
    assert [timed.clock for timed in space["both"].values()] == ["board", "board"]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "micropython"
    assert "['tool.py'] b'def twice(x): return 2 * x\\n'" in said
    assert "1 ('main.py',) robot" in said
    assert "b'\\x01\\x02'" in said
    assert said[-1] == "[2, 4]"


def test_names_are_public():
    named = set(re.findall(r"iot_kernel\.(\w+)", TEXT)) - {"aio", "__all__"}
    assert named <= set(public.__all__)
    for name in ("on_lost", "on_reset", "on_stray"):
        assert f"`{name}`" in TEXT
        assert hasattr(iot_kernel.DeviceEvents(), name)
    for name in (*vars(iot_kernel.DeviceFiles), *vars(iot_kernel.DevicePrograms)):
        assert name.startswith("_") or name == "makedirs" or f"{name}(" in TEXT
    for name in vars(iot_kernel.Device):
        assert name.startswith("_") or name in {"is_open", "name", "url"} or f"board.{name}" in TEXT
