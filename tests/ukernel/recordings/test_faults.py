"""Recordings that are killed, or whose disk fills up: what was written stays readable."""

import signal
import struct
import subprocess
import sys
import threading

import pytest

from tests.ukernel.recordings.taped import ENDINGS, rows_in
from ukernel.pipes.recordings.kinds import format_of
from ukernel.pipes.recordings.places import journal_of

#: Records a pipe three times, to files of all kinds, until it is killed.
RECORDS = """
import signal, sys, threading
from ukernel.pipes import record
from ukernel.pipes.recordings import tape
import pyarrow.parquet
tape.FLUSH_INTERVAL = 0
port, place, *endings = sys.argv[1:]
for ending in endings:
    arguments = {"port": int(port), "token": "t0ken", "progress": False}
    for path, rotate in ((f"one{ending}", None), (f"set{ending}", "1 h")):
        options = {**arguments, "rotate": rotate}
        threading.Thread(target=record, args=("adc", f"{place}/{path}"), kwargs=options).start()
signal.pause()
"""

#: Fills files that can have 30 000 bytes, as on a full disk, and prints the errors.
FILLS = """
import resource, signal, sys
from tests.ukernel.recordings.taped import tape_all
from ukernel.pipes.recordings import tape
tape.PIECE = 100
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
for path in sys.argv[1:]:
    for rotate in (None, "10 kB"):
        target = path.replace("set", "one") if rotate is None else path
        try:
            tape_all(target, map(float, range(5_000)), rotate=rotate)
        except OSError as error:
            print(error.errno, error)
        else:
            print("no error")
"""


def test_killed_in_the_middle(kernel, tmp_path):
    kernel.board.open("adc")
    process = subprocess.Popen([sys.executable, "-c", RECORDS, str(kernel.port), str(tmp_path), *ENDINGS])
    try:
        kernel.wait_for("adc", 2 * len(ENDINGS))
        for number in range(5):
            kernel.board.write("adc", struct.pack("<f", number))
        _wait_until(lambda: len(_journals(tmp_path)) == 6 and all(map(_is_whole, _journals(tmp_path))))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    for journal in _journals(tmp_path):
        target = journal.with_name(journal.name[1:].removesuffix(".part"))
        assert not target.exists()
        assert format_of(target).finish(journal, target)
        assert [row[-1] for row in rows_in(target)] == [0, 1, 2, 3, 4]


def test_a_disk_that_is_full(tmp_path):
    paths = [str(tmp_path / f"set{ending}") for ending in ENDINGS]
    done = subprocess.run(
        [sys.executable, "-c", FILLS, *paths], capture_output=True, text=True, timeout=60, check=True
    )
    said = done.stdout.splitlines()
    for ending, (one, several) in zip(ENDINGS, zip(said[::2], said[1::2], strict=True), strict=True):
        assert one.startswith("27 [Errno 27] File too large: the recording ends; ")
        assert several == "no error"  # files of a set are small enough
        path = tmp_path / f"one{ending}"
        rows = rows_in(path) if path.exists() else list(format_of(path).read_journal(journal_of(path)).rows)
        assert len(rows) > 500
        assert [row[-1] for row in rows] == list(range(len(rows)))


def _journals(place):
    return sorted(place.rglob(".*.part"))


def _is_whole(journal):
    try:
        return len(list(format_of(journal.with_suffix("")).read_journal(journal).rows)) == 5
    except ValueError:
        return False


def _wait_until(is_so):
    patience = threading.Event()
    for _ in range(1000):
        if is_so():
            return
        patience.wait(0.02)
    pytest.fail("it did not come to that")
