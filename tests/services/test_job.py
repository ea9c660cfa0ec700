"""A program for a cell: what it reads, what it prints, and what an interrupt ends."""

import os
import signal
import sys
import threading

import pytest

from iot_kernel.services import job as module
from iot_kernel.services.job import Job
from iot_kernel.services.pump import LAST_WORDS, Pump
from tests.each import each
from tests.services import jobs
from tests.services.jobs import Output, gone, start

SLEEPS = "import time; time.sleep(1000)"


def run(command, **options):
    out = Output()
    returncode = Job(command, out.write, **options).run()
    return returncode, out.text


def python(code):
    return [sys.executable, "-c", code]


def test_what_it_reads_arrives_whole_and_stays_open():
    out = Output()
    count = python("import sys; print(len(sys.stdin.buffer.read(1_000_000))); sys.stdin.read(); print('end')")
    job = Job(count, out.write, data=b"x" * 1_000_000)
    result = start(job)
    out.wait_for("1000000\n")
    assert out.text == "1000000\n"
    job.stop()
    assert result() == 0
    assert out.text == "1000000\nend\n"


def test_it_need_not_read_what_is_there_for_it():
    assert run(["true"], data=b"x" * 1_000_000) == (0, "")
    assert run(["sh", "-c", "exec 0<&-; sleep 0.1; echo end"], data=b"x" * 1_000_000) == (0, "end\n")
    assert jobs.no_threads_left()


def test_a_program_that_ends_with_its_input_has_time_to_do_so():
    out = Output()
    job = Job(["sh", "-c", "echo on; cat; echo cleaned; exit 4"], out.write, data=b"")
    result = start(job)
    out.wait_for("on\n")
    job.stop()
    assert result() == 4
    assert out.text == "on\ncleaned\n"


def test_a_program_that_does_not_end_with_its_input_is_stopped():
    out = Output()
    job = Job(["sh", "-c", "echo on; sleep 1000"], out.write, data=b"")
    result = start(job)
    out.wait_for("on\n")
    job.stop()
    assert result() == -signal.SIGINT


def test_nothing_is_lost_where_threads_get_their_turn_late(monkeypatch):
    spawn = Pump._spawn

    def later(*what):
        threading.Timer(3 * LAST_WORDS, spawn, what).start()

    monkeypatch.setattr(Pump, "_spawn", staticmethod(later))
    out, err = Output(), Output()
    assert Job(["sh", "-c", "sleep 2 & echo on; echo off >&2"], out.write, err.write).run() == 0
    assert (out.text, err.text) == ("on\n", "off\n")
    assert jobs.no_threads_left()


def test_streams_keep_their_order_as_far_as_one_waits_for_the_other():
    heard = []
    script = "for i in 1 2 3; do echo o$i; sleep 0.1; echo e$i >&2; sleep 0.1; done"
    Job(["sh", "-c", script], heard.append, heard.append).run()
    assert "".join(heard).split() == ["o1", "e1", "o2", "e2", "o3", "e3"]


def test_ten_megabytes_of_output_are_there_when_it_ends():
    code = "import sys; [sys.stdout.write('x' * 10_000) for _ in range(1000)]; sys.stderr.write('last')"
    out, err = Output(), Output()
    assert Job(python(code), out.write, err.write).run() == 0
    assert (len(out.text), err.text) == (10_000_000, "last")


def test_what_others_print_on_without_end_does_not_hold_it():
    out = Output()
    job = Job(["sh", "-c", "(while :; do echo x; done) & echo pid $!"], out.write)
    assert job.run() == 0
    out.wait_for("pid ")
    pid = int(out.text.split("pid ")[1].split()[0])
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    assert jobs.no_threads_left()


@pytest.fixture
def short_grace(monkeypatch):
    """Less time for a program to end than users' have, at each of the same steps."""
    monkeypatch.setattr(module, "GRACE", 0.3)


@pytest.mark.usefixtures("short_grace")
@each("output", ["", ">/dev/null 2>&1"])
@each("ignored", ["", "INT", "INT TERM"])
def test_stopping_leaves_nothing_of_it(output, ignored):
    trap = f"trap '' {ignored};" if ignored else ""
    out = Output()
    job = Job(["bash", "-c", f"({trap} while :; do sleep 0.1; done) {output} & echo $!; wait"], out.write)
    result = start(job)
    out.wait_for("\n")
    job.stop()
    assert result() < 0
    assert gone(int(out.text))
    assert jobs.no_threads_left()


def test_variables_of_its_environment():
    assert run(["sh", "-c", "echo $MINE $HOME"], environment={"MINE": "a"}) == (
        0,
        f"a {os.environ['HOME']}\n",
    )


def test_a_program_that_is_not_there():
    with pytest.raises(FileNotFoundError):
        run(["/nowhere/program"])
