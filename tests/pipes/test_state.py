"""The file in which kernels say where they listen."""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from filelock import FileLock

from iot_kernel.errors import ConfigError
from iot_kernel.pipes.state import StateFile
from ukernel.pipes.endpoints import KernelEntry

PUT = """
import os, sys
from pathlib import Path
from ukernel.pipes.endpoints import KernelEntry
from iot_kernel.pipes.state import StateFile
StateFile(Path(sys.argv[1])).put(KernelEntry(os.getpid(), 1.0, int(sys.argv[2])))
input()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "pipes.json"


def me(**more):
    return KernelEntry(**{"pid": os.getpid(), "started": 5.0, "port": 4000, "token": "t", **more})


def test_an_entry_comes_and_goes(path):
    file = StateFile(path)
    file.put(me(device="esp"))
    state = json.loads(path.read_text())
    assert state["pipe_port"] == 4000
    assert [(kernel["pid"], kernel["device"]) for kernel in state["kernels"]] == [(os.getpid(), "esp")]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    file.put(me(port=4001))
    assert [kernel["port"] for kernel in json.loads(path.read_text())["kernels"]] == [4001]
    file.remove()
    assert json.loads(path.read_text()) == {"version": 1, "kernels": []}


def test_others_stay_and_the_dead_go(path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    others = [{"pid": 1, "started": 9.0, "port": 5000}, {"pid": dead.pid, "started": 9.0, "port": 5001}, "x"]
    path.parent.mkdir()
    path.write_text(json.dumps({"kernels": others}))
    StateFile(path).put(me())
    state = json.loads(path.read_text())
    assert sorted(kernel["port"] for kernel in state["kernels"]) == [4000, 5000]
    assert state["pipe_port"] == 5000, "the newest"


@pytest.mark.parametrize("text", ["", "{", "[]", "\0"])
def test_a_broken_file_is_replaced(path, text):
    path.parent.mkdir()
    path.write_text(text)
    StateFile(path).put(me())
    assert json.loads(path.read_text())["pipe_port"] == 4000


def ports(path):
    return sorted(kernel["port"] for kernel in json.loads(path.read_text())["kernels"])


def spoil(path, how):
    if how == "deleted":
        path.unlink()
    elif how == "with its directory":
        shutil.rmtree(path.parent)
    else:
        path.write_text(how)


@pytest.mark.parametrize(
    "how", ["deleted", "with its directory", "{", "[]", '{"kernels": []}', '{"pipe_port": 4000}']
)
def test_an_entry_that_is_gone_comes_back(path, how):
    file = StateFile(path)
    file.put(me())
    spoil(path, how)
    file.mend(me())
    assert ports(path) == [4000]


def test_nothing_is_written_where_all_is_well(path):
    file, other = StateFile(path), StateFile(path)
    file.put(me())
    before = path.stat().st_ino
    for mender in (file, other):
        mender.mend(me())
    os.utime(path)
    file.mend(me())
    assert path.stat().st_ino == before, "each change makes a new file"


def test_the_file_of_another_computer_is_left_to_it(path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    file = StateFile(path)
    file.put(me())
    path.write_text(json.dumps({"kernels": [{"pid": dead.pid, "started": 9.0, "port": 5001}]}))
    file.mend(me())
    assert ports(path) == [5001]
    path.write_text(json.dumps({"kernels": [{"pid": 1, "started": 9.0, "port": 5000}]}))
    file.mend(me())
    assert ports(path) == [4000, 5000]


def test_mending_does_not_wait_and_tries_again(path):
    file = StateFile(path)
    file.put(me())
    path.unlink()
    with FileLock(f"{path}.lock"):
        file.mend(me())
        assert not path.exists()
    file.mend(me())
    assert ports(path) == [4000]


def test_mending_where_no_file_can_be(tmp_path):
    (tmp_path / "file").write_text("")
    StateFile(tmp_path / "file" / "pipes.json").mend(me())


def test_nothing_to_remove(path):
    StateFile(path).remove()
    assert not path.parent.exists()


def test_a_place_where_no_file_can_be(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "pipes.json", tmp_path):
        with pytest.raises(ConfigError, match="UCORE_STATE_PATH"):
            StateFile(path).put(me())


def test_many_at_a_time_lose_no_entry(path):
    kernels = [
        subprocess.Popen([sys.executable, "-c", PUT, str(path), str(port)], stdin=subprocess.PIPE)
        for port in (4001, 4002, 4003)
    ]
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda _: StateFile(path).put(me()), range(5)))
        end = time.monotonic() + 60
        ports = set()
        while ports != {4000, 4001, 4002, 4003} and time.monotonic() < end:
            ports = {kernel["port"] for kernel in json.loads(path.read_text())["kernels"]}
            time.sleep(0.05)
        assert ports == {4000, 4001, 4002, 4003}
    finally:
        for kernel in kernels:
            kernel.communicate(b"\n")
