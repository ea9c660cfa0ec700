"""Another program that has a board."""

import subprocess
import sys
from contextlib import contextmanager

_PROGRAM = """
import sys
from iot_kernel.device.board_lock import claim
held = claim({url!r}, url={url!r})
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(url):
    """Has a process hold a board; gives the process."""
    command = [sys.executable, "-c", _PROGRAM.format(url=url)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.stdin.close()
