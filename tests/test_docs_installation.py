"""docs/reference/installation.md, and what any text says of installing this program."""

import re
import subprocess
import tomllib
from pathlib import Path

from iot_kernel.urls import __version__
from jupyter_iot_kernel.name_clash import DISTRIBUTION, OTHERS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference" / "installation.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

#: A command that takes this program, or the first one of this name, from PyPI.
FROM_PYPI = re.compile(r"pip3? install [^`\n]*?(?<![-\w/])(?:jupyter-)?iot-kernel\b")


def test_nobody_is_told_to_take_it_from_pypi():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    kinds = (".md", ".py", ".toml", ".ipynb", ".yml", ".sh", "Makefile", "check", "demo")
    files = [ROOT / name for name in listed.splitlines() if name.endswith(kinds)]
    files = [file for file in files if file.exists() and file != Path(__file__)]
    assert len(files) > 500
    assert [file for file in files if FROM_PYPI.search(file.read_text(encoding="utf-8"))] == []


def test_such_commands_are_recognised():
    for command in (
        "pip install iot-kernel[mqtt]",
        "%pip install -U 'jupyter-iot-kernel'",
        "pip install a iot-kernel",
    ):
        assert FROM_PYPI.search(command), command
    assert not FROM_PYPI.search("pip install jupyter_iot_kernel-0.1.0-py3-none-any.whl")


def test_the_names_are_those_of_the_project():
    assert PROJECT["project"]["name"] == DISTRIBUTION
    assert f"| name for pip | `{DISTRIBUTION}` |" in PAGE
    (command,) = PROJECT["project"]["scripts"]
    assert f"| command | `{command}`," in PAGE
    assert f"`{DISTRIBUTION.replace('-', '_')}-{__version__}-py3-none-any.whl`" in PAGE
    for package in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert f"`{package}`" in PAGE
    for package in OTHERS:
        assert f"`{package.replace('_', '-')}`" in PAGE


def test_extras_are_those_of_the_project():
    rows = re.findall(r"`pip install '\.\[(\w+)\]'` \| `pip install ([\w -]+)`", PAGE)
    extras = PROJECT["project"]["optional-dependencies"]
    bare = {
        extra: " ".join(re.match(r"[\w-]+", wanted)[0] for wanted in needs) for extra, needs in extras.items()
    }
    assert dict(rows) == bare
