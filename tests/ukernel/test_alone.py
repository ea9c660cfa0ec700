"""`ukernel` needs nothing of `iot_kernel`: here it runs from a tree in which there is nothing else."""

import os
import shutil
import struct
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest

import ukernel

#: ``-S`` below keeps out what an editable installation would add to the path.
PROGRAM = f"""
import sys
sys.path[:0] = [TREE]
sys.path.append({sysconfig.get_paths()["purelib"]!r})
try:
    import iot_kernel
except ImportError:
    pass
else:
    raise SystemExit("iot_kernel is there")
import ukernel.pipes as pipes
assert pipes.__file__.startswith(TREE)
place = {{"port": PORT, "token": TOKEN}}
"""

SUBSCRIBE = 'with pipes.subscribe("adc", **place) as pipe: print(len(list(pipe)))'
COLLECT = 'print(len(pipes.collect("adc", n=3, **place)))'
RECORD = 'print(pipes.record("adc", "out.csv", **place).samples)'


@pytest.mark.parametrize("use", [SUBSCRIBE, COLLECT, RECORD], ids=["subscribe", "collect", "record"])
def test_it_works_alone(kernel, tmp_path, use):
    tree = tmp_path / "tree"
    shutil.copytree(Path(ukernel.__file__).parent, tree / "ukernel")
    given = f"TREE, PORT, TOKEN = {str(tree)!r}, {kernel.port}, {kernel.token!r}"
    kernel.board.open("adc")

    def feed():
        kernel.wait_for("adc")
        for number in range(3):
            kernel.board.write("adc", struct.pack("<f", number))
        kernel.board.close("adc")

    feeder = threading.Thread(target=feed)
    feeder.start()
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"{given}\n{PROGRAM}\n{use}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    feeder.join()
    assert done.stdout.split()[-1:] == ["3"], done.stderr
