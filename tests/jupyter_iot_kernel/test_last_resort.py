"""A kernel whose packages are broken answers; started as Jupyter starts it."""

import shutil
import subprocess
import sys

import pytest
from jupyter_client.manager import KernelManager

from jupyter_iot_kernel.name_clash import ROOT

COMMAND = [sys.executable, "-P", "-m", "jupyter_iot_kernel"]


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """The way into the kernel, beside packages of another program."""
    shutil.copytree(ROOT / "jupyter_iot_kernel", tmp_path / "jupyter_iot_kernel")
    for package in ("iot_kernel", "ukernel"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise AssertionError('imported')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_each_cell_says_what_is_wrong(broken, capfd):
    manager = KernelManager()
    manager.kernel_spec.argv = [*COMMAND, "-f", "{connection_file}", "--default", "board"]
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    shown = []
    try:
        client.wait_for_ready(timeout=60)
        reply = client.execute_interactive("1", output_hook=shown.append, timeout=60)["content"]
        client.execute_interactive("1", silent=True, output_hook=shown.append, timeout=60)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
    assert (reply["status"], reply["ename"]) == ("error", "BrokenInstallationError")
    assert "has overwritten files of this IoT Kernel" in reply["evalue"]
    assert [message["content"]["evalue"] for message in shown if message["msg_type"] == "error"] == [
        reply["evalue"]
    ]
    assert reply["evalue"] in capfd.readouterr().err  # the log


def test_a_command_fails(broken):
    done = subprocess.run([*COMMAND, "install", "--user"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "has overwritten files of this IoT Kernel" in done.stderr


def test_a_whole_installation_takes_the_command():
    done = subprocess.run([*COMMAND, "install", "-h"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "--sys-prefix" in done.stdout
