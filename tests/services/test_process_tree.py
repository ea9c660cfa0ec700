"""Ends programs with all they have started. How POSIX does it is in test_job.py and test_shell.py."""

import os
import subprocess
from types import SimpleNamespace

import pytest

from iot_kernel.services import process_tree
from tests.services.jobs import gone

#: What stands in for the program of Windows: it notes how it was called, and ends what it was told.
TASKKILL = """#!/bin/sh
echo "$@" >> {log}
kill -9 "$4" $(cat /proc/"$4"/task/*/children)
"""

CREATE_NO_WINDOW = 0x08000000  # as Python has it on Windows


@pytest.fixture
def windows(monkeypatch, tmp_path):
    """What is different there, with a place for programs."""
    monkeypatch.setattr(process_tree, "os", SimpleNamespace(name="nt"))
    monkeypatch.setattr(process_tree.subprocess, "CREATE_NO_WINDOW", CREATE_NO_WINDOW, raising=False)
    assert process_tree.start_options() == {"creationflags": CREATE_NO_WINDOW}
    monkeypatch.setattr(process_tree, "start_options", dict)  # this system's Popen takes no such flags
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.fixture
def tree():
    """A program that has started another one, whose id it says."""
    with subprocess.Popen(["sh", "-c", "sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE) as program:
        yield program, int(program.stdout.readline())
        program.kill()


@pytest.mark.parametrize("end", [lambda tree: process_tree.stop(tree, 1.0), process_tree.kill])
def test_on_windows_taskkill_ends_it_with_its_children(windows, tree, end):
    (windows / "taskkill").write_text(TASKKILL.format(log=windows / "log"))
    (windows / "taskkill").chmod(0o755)
    program, child = tree
    end(program)
    assert program.wait() == -9
    assert gone(child)
    assert (windows / "log").read_text() == f"/T /F /PID {program.pid}\n"


def test_where_taskkill_cannot_be_run_the_program_itself_is_ended(windows, tree):
    program, child = tree
    process_tree.kill(program)
    assert program.wait() == -9
    subprocess.run(["kill", "-9", str(child)], check=True)
