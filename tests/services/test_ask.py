"""Questions to programs of the host."""

import threading
from contextlib import contextmanager

import pytest

from iot_kernel.services import ask as module
from iot_kernel.services.ask import ProgramResult, ask
from iot_kernel.services.errors import HostServiceError
from tests.services import jobs


@contextmanager
def uninterrupted(stop):
    yield


def sh(script, **options):
    return ask(["sh", "-c", script], uninterrupted, **options)


def test_an_answer():
    assert sh("echo a; echo b >&2; exit 3") == ProgramResult(3, "a\n", "b\n")
    assert sh("echo $MINE", environment={"MINE": "a"}).out == "a\n"
    assert sh("cat").out == ""


def test_why_it_failed_in_one_line():
    assert sh("echo; echo '  a'; printf 'b\\r\\n\\nc' >&2; exit 3").problem == "b; c"
    assert sh("exit 3").problem == "ended with exit status 3"


def test_a_program_that_is_not_there(tmp_path):
    with pytest.raises(HostServiceError, match=r"^nosuch: is not installed, or not on PATH$"):
        ask(["nosuch"], uninterrupted)
    (tmp_path / "file").touch()
    with pytest.raises(HostServiceError, match=r"cannot be run here \(Permission denied\)"):
        ask([str(tmp_path / "file")], uninterrupted)


def test_a_program_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.3)
    with pytest.raises(HostServiceError, match=r"^sleep 1000: does not answer within 0\.3 s$"):
        ask(["sleep", "1000"], uninterrupted)
    assert jobs.no_threads_left()


def test_an_interrupt():
    @contextmanager
    def interrupted(stop):
        timer = threading.Timer(0.2, stop)
        timer.start()
        yield
        timer.join()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(["sleep", "1000"], interrupted)
