"""``python -m iot_kernel install`` and ``uninstall``, in directories of their own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iot_kernel.__main__ import main
from iot_kernel.kernel.kernelspec import NAMES


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """The user's data directory."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    return tmp_path / "data"


def run(*arguments):
    """Runs the command line; returns its exit status."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return end.value.code


def spec(directory, name):
    return json.loads((directory / "kernels" / name / "kernel.json").read_text(encoding="utf-8"))


def test_without_options_both_kernels_are_installed_for_the_user(data):
    assert run("install") == 0
    assert spec(data, "iot")["display_name"] == "IoT Kernel"
    assert spec(data, "ucore")["display_name"] == "µcore"
    for name, default in {"iot": "board", "ucore": "host"}.items():
        installed = spec(data, name)
        assert installed["argv"][0] == sys.executable
        assert installed["argv"][-2:] == ["--default", default]
        assert installed["interrupt_mode"] == "message"
        assert installed["language"] == "micropython"
        assert installed["kernel_protocol_version"] == "5.5"
        assert installed["metadata"] == {"debugger": True, "supported_encryption": ["curve"]}
        files = {path.name for path in (data / "kernels" / name).iterdir()}
        assert files == {"kernel.json", "logo-svg.svg", "logo-64x64.png", "logo-32x32.png"}


def test_options_describe_one_kernel(tmp_path):
    prefix = tmp_path / "prefix"
    options = ["--prefix", str(prefix), "--name", "lab", "--display-name", "Lab 3", "--default", "host"]
    assert run("install", *options, "--env", "IOT_PROJECTS", "/x", "--env", "A", "b=c") == 0
    assert [path.name for path in (prefix / "share/jupyter/kernels").iterdir()] == ["lab"]
    installed = spec(prefix / "share/jupyter", "lab")
    assert installed["display_name"] == "Lab 3"
    assert installed["env"] == {"IOT_PROJECTS": "/x", "A": "b=c"}
    assert installed["argv"][-2:] == ["--default", "host"]


def test_a_name_alone_means_the_kernel_for_boards(data):
    assert run("install", "--name", "mine") == 0
    assert spec(data, "mine")["argv"][-2:] == ["--default", "board"]
    assert not (data / "kernels" / "iot").exists()


def test_installing_again_replaces(data):
    assert run("install", "--name", "iot", "--display-name", "Old") == 0
    assert run("install") == 0
    assert spec(data, "iot")["display_name"] == "IoT Kernel"


def test_uninstall_removes_what_install_made(data, capsys):
    run("install", "--name", "mine")
    assert run("uninstall", "--name", "mine") == 0
    assert str(data / "kernels" / "mine") in capsys.readouterr().out
    assert not (data / "kernels" / "mine").exists()


def test_uninstall_leaves_what_pip_brought(tmp_path, data, monkeypatch, capsys):
    shutil.copytree(Path(__file__).parents[2] / "kernelspec", tmp_path / "pip" / "kernels")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "pip"))  # is found first, as that of an environment is
    run("install")
    assert run("uninstall") == 0
    assert {path.name for path in (tmp_path / "pip" / "kernels").iterdir()} == {"iot", "ucore"}
    assert not list((data / "kernels").iterdir())
    assert run("uninstall", "--name", "iot") == 1
    assert "iot" in capsys.readouterr().err


def test_uninstall_leaves_kernels_of_others(data):
    spec = data / "kernels" / "iot" / "kernel.json"
    spec.parent.mkdir(parents=True)
    for text in ('{"argv": ["/usr/bin/python3", "-m", "other"]}', "no json", "[]"):
        spec.write_text(text)
        assert run("uninstall") == 0
        assert spec.exists()


def test_what_is_not_there_cannot_be_removed(capsys):
    assert run("uninstall", "--name", "nosuch") == 1
    assert "nosuch" in capsys.readouterr().err


def test_a_directory_without_rights_is_one_clear_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run("install", "--prefix", str(tmp_path / "file")) == 1
    assert capsys.readouterr().err.startswith("install failed: ")


def test_wrong_options_show_the_usage(capsys):
    assert run("install", "--user", "--sys-prefix") == 2
    assert "usage: python -m iot_kernel install" in capsys.readouterr().err


def test_the_module_runs(data):
    command = [sys.executable, "-P", "-m", "iot_kernel", "install", "--name", "one"]
    subprocess.run(command, check=True, capture_output=True)
    assert spec(data, "one")


def test_both_targets_have_a_kernelspec_in_the_source_tree():
    for name in NAMES.values():
        assert (Path(__file__).parents[2] / "kernelspec" / name / "kernel.json").is_file()
