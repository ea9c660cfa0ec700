"""The command line, and how the process of a kernel ends."""

import subprocess
import sys

import pytest

from iot_kernel.__main__ import main
from iot_kernel.urls import __version__

PROGRAM = """
import atexit, sys, types
from iot_kernel import __main__ as program

class Kept:
    def __del__(self):
        print("taken apart")

class App:
    def launch_instance(words):
        atexit.register(print, "exit handler")
        print("runs")
        kept.append(Kept())
        END

kept = []
sys.modules["iot_kernel.kernel.app"] = types.SimpleNamespace(IoTKernelApp=App)
program.main(["-f", "kernel.json"])
"""


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("return", 0, "runs\nexit handler\n"),
        ("sys.exit(3)", 3, "runs\nexit handler\ntaken apart\n"),
        ("raise ValueError", 1, "runs\nexit handler\ntaken apart\n"),
    ],
)
def test_exit_handlers_run_and_the_status_is_right(end, status, said):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("END", end)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (status, said)


@pytest.mark.parametrize("word", ["-h", "--help", "--help-all"])
def test_help_names_each_command(word, capsys):
    main([word])
    told = capsys.readouterr().out
    assert all(f"\n  {command} " in told for command in ("install", "uninstall", "bridge"))


def test_the_version_is_ours(capsys):
    main(["--version"])
    assert capsys.readouterr().out == f"{__version__}\n"


def test_a_misspelt_command_starts_no_kernel(capsys):
    with pytest.raises(SystemExit) as end:
        main(["instal"])
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("there is no command 'instal'\n")
    assert "uninstall" in told
