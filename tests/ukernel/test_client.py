"""Subscribing: what comes, what ends it, and what goes wrong."""

import inspect
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from iot_kernel.pipes import subscriber
from tests.pipes import kernels
from ukernel import interruptible
from ukernel.pipes.client import subscribe
from ukernel.pipes.framing import PipeError


@pytest.fixture
def place(kernel):
    """Where the kernel is, as keywords."""
    return {"port": kernel.port, "token": kernel.token}


@pytest.fixture
def adc(kernel, board, place):
    """A subscription to an open pipe."""
    board.open("adc")
    with subscribe("adc", **place) as pipe:
        kernel.wait_for("adc")
        yield pipe


def test_the_signature():
    assert str(inspect.signature(subscribe)).startswith("(name: 'str', *, ")


def test_one_chunk_per_write(adc, board):
    sent = [b"1", b"", os.urandom(65_535), b"x" * 4096]
    for data in sent:
        board.write("adc", data)
    board.close("adc")
    assert list(adc) == sent
    assert adc.closed
    assert list(adc) == []


def test_a_break_hangs_up(kernel, board, place):
    board.open("adc")
    with subscribe("adc", **place) as pipe:
        kernel.wait_for("adc")
        for number in range(100):
            board.write("adc", bytes([number]))
        chunks = []
        for index, chunk in enumerate(pipe):
            if index >= 5:
                break
            chunks.append(chunk)
    assert chunks == [bytes([number]) for number in range(5)]
    assert pipe.closed
    kernel.wait_for("adc", 0)
    pipe.close()
    assert repr(pipe) == f"<pipe 'adc' at 127.0.0.1:{kernel.port}, closed>"
    assert kernel.token not in repr(pipe)


def test_iteration_waits(adc, board):
    timer = threading.Timer(0.1, board.write, ("adc", b"late"))
    timer.start()
    assert next(adc) == b"late"
    timer.join()


def test_a_read_with_a_limit(adc, board):
    assert adc.read(0) is None
    assert adc.read(0.01) is None
    assert not adc.closed
    board.write("adc", b"1")
    assert adc.read(kernels.TIMEOUT) == b"1"
    board.close("adc")
    assert adc.read(kernels.TIMEOUT) is None
    assert adc.closed


def test_losses_since_the_first_message(adc, board):
    before = time.time()
    board.skip("adc", 3)
    for data in (b"1", b"2"):
        board.write("adc", data)
    board.skip("adc", 4)
    board.write("adc", b"3")
    board.close("adc")
    assert [next(adc), adc.lost] == [b"1", 0]
    assert [next(adc), adc.lost] == [b"2", 0]
    assert [next(adc), adc.lost] == [b"3", 4]
    assert before <= adc.arrived <= time.time()


def test_another_thread_ends_a_read(adc):
    timer = threading.Timer(0.1, adc.close)
    timer.start()
    assert list(adc) == []
    timer.join()


def test_the_end_of_the_kernel_is_an_end(adc, kernel):
    timer = threading.Timer(0.1, kernel.listener.close)
    timer.start()
    assert list(adc) == []
    timer.join()


def test_a_dead_kernel_is_an_end(adc, kernel, board):
    board.write("adc", b"1")
    assert next(adc) == b"1"
    kernel.listener._loop.call_soon_threadsafe(
        lambda: [connection.abort() for connection in list(kernel.listener._connections)]
    )
    assert list(adc) == []


def test_a_reset_connection_is_an_end():
    server = socket.create_server(("127.0.0.1", 0))
    with server, subscribe("adc", port=server.getsockname()[1], token="") as pipe:
        connection, _ = server.accept()
        connection.recv(100)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        assert list(pipe) == []


def test_a_wrong_token(kernel, board):
    board.open("adc")
    with (
        subscribe("adc", port=kernel.port, token="other") as pipe,
        pytest.raises(PipeError, match="wrong token"),
    ):
        next(pipe)
    assert pipe.closed


def test_who_is_too_slow_gets_what_came_and_then_an_error(kernel, board, place, monkeypatch):
    monkeypatch.setattr(subscriber, "BUFFER", 100_000)
    board.open("adc")
    with subscribe("adc", **place) as pipe:
        kernel.wait_for("adc")
        end = time.monotonic() + kernels.TIMEOUT
        while kernel.listener.subscribers("adc") and time.monotonic() < end:
            board.write("adc", bytes(60_000))
            time.sleep(0.001)
        read = []
        with pytest.raises(PipeError, match="too slow"):
            read.extend(iter(lambda: pipe.read(kernels.TIMEOUT), None))


def test_something_that_is_no_kernel():
    server = socket.create_server(("127.0.0.1", 0))
    with server, subscribe("adc", port=server.getsockname()[1], token="") as pipe:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            with pytest.raises(PipeError, match="no kernel"):
                next(pipe)


@pytest.mark.parametrize("name", ["", "a\n", "a" * 65])
def test_names_are_checked_before_anything_is_looked_for(name):
    with pytest.raises(ValueError, match="the name of a pipe"):
        subscribe(name)


PROGRAM = """
import sys
from ukernel.pipes import subscribe
print("ready", flush=True)
try:
    with subscribe(sys.argv[1]) as pipe:
        for chunk in pipe:
            print(chunk.decode(), flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_another_process_by_environment_alone(kernel, board):
    board.open("adc")
    environ = {**os.environ, "UCORE_PIPE_PORT": str(kernel.port), "UCORE_PIPE_TOKEN": kernel.token}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "adc"], stdout=subprocess.PIPE, env=environ, text=True
    ) as process:
        try:
            kernel.wait_for("adc")
            board.write("adc", b"hello")
            assert [process.stdout.readline() for _ in range(2)] == ["ready\n", "hello\n"]
            time.sleep(0.3)  # until it waits: Python loses a signal that comes just before the system call
            process.send_signal(signal.SIGINT)
            assert process.stdout.read() == "interrupted\n"
            process.wait(kernels.TIMEOUT)
        finally:
            process.kill()
    assert process.returncode == 0


def test_waits_that_are_short_as_on_windows_lose_nothing(adc, board, monkeypatch):
    monkeypatch.setattr(interruptible, "AT_A_TIME", 0.01)
    timer = threading.Timer(0.1, board.write, ("adc", b"late"))
    timer.start()
    assert adc.read() == b"late"
    timer.join()
    begun = time.monotonic()
    assert adc.read(timeout=0.05) is None
    assert time.monotonic() - begun >= 0.05
    assert not adc.closed
    board.write("adc", b"more")
    assert adc.read(timeout=60) == b"more"
