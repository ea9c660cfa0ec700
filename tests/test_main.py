"""The process of a kernel: how it ends."""

import subprocess
import sys

import pytest

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
