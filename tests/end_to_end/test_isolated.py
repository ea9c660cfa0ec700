"""A kernel as in a container: its home directory cannot be written, and it has no network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.notebook import virtual
from tools import services

ROOT = Path(__file__).parents[2]
ISOLATED = ("unshare", "--mount", "--net", "sh", "-ec")
PREPARE = """
busybox=$1 home=$2; shift 2
mount --bind "$home" "$home"
mount -o remount,bind,ro "$home"
"$busybox" ip link set lo up
exec "$@"
"""
RUN = """
import json, sys
from tests.end_to_end.notebook import Notebook

with Notebook("iot", cwd=sys.argv[1]) as notebook:
    ran = [notebook.run(cell) for cell in sys.argv[2:]]
said = [(cell.status, cell.text() + (cell.result or ""), cell.reply.get("evalue", "")) for cell in ran]
print(json.dumps(said))
"""


@pytest.fixture
def isolated(jupyter, tmp_path):
    """Runs cells there; returns status, output and error of each. Jupyter's directories can be written."""

    def run(*cells):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "IOT_"))}
        environ = kept | {
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "PIP_RETRIES": "1",
            "IPYTHONDIR": "",
        }
        command = [
            *ISOLATED,
            PREPARE,
            "sh",
            str(services.busybox()),
            str(tmp_path),
            sys.executable,
            "-c",
            RUN,
        ]
        done = subprocess.run(
            [*command, str(tmp_path), *cells], env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.mark.services  # mounts and namespaces take root's rights
def test_a_board_works_and_all_else_says_what_is_missing(isolated):
    cells = {
        f"%connect {virtual('isolated')}": ("ok", "Connected to"),
        "6 * 7": ("ok", "42"),
        "with open('note.txt', 'w') as file: file.write('x')": ("ok", ""),
        "%cp :note.txt .": ("error", "Read-only file system"),
        "%discover": ("ok", "connected"),
        "%stubs": ("error", "PyPI cannot be reached: is this computer on the network?"),
        "%upip install umqtt.simple": (
            "error",
            "cannot find micropython.org: is this computer on the network?",
        ),
        "%connect ws://192.168.1.20": (
            "error",
            "there is no way to this address: is the board in this network",
        ),
        "%%host\nvalue = 5\n%store value": ("ok", "Stored 'value'"),
    }
    ran = isolated(*cells)
    for (cell, (status, words)), (got, output, error) in zip(cells.items(), ran, strict=True):
        assert (got, words in output + error) == (status, True), (cell, output, error)
