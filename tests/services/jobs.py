"""What the tests of programs that run for a cell share."""

import contextlib
import os
import random
import threading
import time
from pathlib import Path

DEADLINE = 20  # s; generous, nothing here should take one


class Output:
    """Collects what a job writes, and lets a test wait for it."""

    def __init__(self):
        self.text = ""
        self.changed = threading.Condition()

    def write(self, text):
        with self.changed:
            self.text += text
            self.changed.notify_all()

    def wait_for(self, text):
        with self.changed:
            assert self.changed.wait_for(lambda: text in self.text, DEADLINE), self.text


def start(job):
    """Starts a job on a thread; returns a function that waits for the result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(job.run()))
    thread.start()

    def result():
        thread.join(DEADLINE)
        assert not thread.is_alive()
        return results[0]

    return result


def gone(pid):
    """Waits until a process that is not our child has ended."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def eventually(condition):
    """Whether a condition becomes true in time."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def commands():
    """The command lines of everything that runs on this machine, those in containers and boxes among them."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip())
    return lines


def sleeps(seconds):
    """Whether a ``sleep`` of so many seconds runs anywhere."""
    return any(line.endswith(f"sleep {seconds}") for line in commands())


def a_long_time():
    """A number of seconds that no other test sleeps."""
    return random.randrange(10**6, 10**7)


def no_threads_left():
    """Waits until no job reads or writes any more."""
    for thread in threading.enumerate():
        if thread.name == "IoT shell output":
            thread.join(DEADLINE)
    return "IoT shell output" not in {thread.name for thread in threading.enumerate()}
