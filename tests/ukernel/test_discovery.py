"""Which kernel a consumer finds, and what it says when it finds none."""

import json
import os
import socket
import threading
import time

import pytest

from tests.each import each
from tests.free_ports import free_port
from tests.pipes import kernels
from ukernel.pipes import discovery
from ukernel.pipes.client import subscribe
from ukernel.pipes.discovery import Address, Search, find
from ukernel.pipes.endpoints import state_path
from ukernel.pipes.framing import PipeError

PLACE = {"host": None, "port": None, "token": None, "device": None}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", 0.3)
    monkeypatch.setattr(discovery, "INTERVAL", 0.02)


def write_state(*entries):
    """A state file of kernels of this process; the last one is the newest."""
    state_path().parent.mkdir(exist_ok=True)
    listed = [{"pid": os.getpid(), "started": n, **entry} for n, entry in enumerate(entries)]
    state_path().write_text(json.dumps({"kernels": listed}))


def entry(kernel, **more):
    return {"port": kernel.port, "token": kernel.token, **more}


def found(name="adc", **place):
    address, connection = find(name, **{**PLACE, **place})
    connection.close()
    return address


@pytest.fixture
def two():
    with kernels.kernel("one") as first, kernels.kernel("two") as second:
        write_state(entry(first, device="esp", uid="30:ae"), entry(second, device="pico"))
        yield first, second


def test_the_only_one(kernel):
    write_state(entry(kernel))
    assert found() == Address("127.0.0.1", kernel.port, "t0ken")


def test_the_one_that_has_the_pipe_open(two):
    for kernel in two:
        kernel.board.open(kernel.token)
    assert [found("one").token, found("two").token] == ["one", "two"]


def test_one_that_opens_the_pipe_while_it_is_looked_for(two, monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", kernels.TIMEOUT)
    timer = threading.Timer(0.1, two[0].board.open, ("adc",))
    timer.start()
    assert found().token == "one"
    timer.join()


def test_a_state_file_that_fills_again(two, monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", kernels.TIMEOUT)
    two[1].board.open("adc")
    write_state(entry(two[0]))
    timer = threading.Timer(0.1, write_state, map(entry, two))
    timer.start()
    assert found().token == "two"
    timer.join()


def test_the_only_one_of_long_ago_is_not_asked(kernel, monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", kernels.TIMEOUT)
    monkeypatch.setattr(Address, "ask", None)
    write_state(entry(kernel))
    os.utime(state_path(), (0, 0))
    assert found().port == kernel.port


def test_the_newest_where_nobody_has_it_open(two):
    assert found().token == "two"


def test_the_one_with_the_board(two):
    assert [found(device=name).token for name in ("esp", "30:ae", "pico")] == ["one", "one", "two"]
    with pytest.raises(ConnectionError, match=r"the board 'none', only 'pico', 'esp' \(.*%connect none"):
        found(device="none")


def test_a_host_cell_finds_its_own_kernel_first(two, monkeypatch):
    two[1].board.open("adc")
    monkeypatch.setenv("UCORE_PIPE_PORT", str(two[0].port))
    monkeypatch.setenv("UCORE_PIPE_TOKEN", "one")
    assert found().token == "one"
    assert found(device="pico").token == "two"
    assert found(port=two[1].port, token="two").token == "two"


def test_the_token_of_a_port_that_was_named_stands_in_the_state_file(two, monkeypatch):
    monkeypatch.setenv("UCORE_PIPE_PORT", str(two[0].port))
    assert found().token == "one"


def test_a_kernel_that_died_is_passed_over(kernel):
    with kernels.kernel("dead") as dead:
        gone = entry(dead)
    write_state(entry(kernel), gone)
    assert found().port == kernel.port


def test_one_that_is_just_starting_is_waited_for(kernel, monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", kernels.TIMEOUT)
    kernel.board.open("adc")  # who has it open need not be waited for any longer
    timer = threading.Timer(0.1, write_state, (entry(kernel),))
    timer.start()
    assert found().port == kernel.port
    timer.join()


def test_a_second_process_with_the_same_name_for_its_pipe(two):
    for kernel in two:
        kernel.board.open("adc")
    with subscribe("adc", device="esp") as first, subscribe("adc", device="pico") as second:
        for kernel in two:
            kernel.wait_for("adc")
            kernel.board.write("adc", kernel.token.encode())
        assert [next(first), next(second)] == [b"one", b"two"]


def test_no_kernel_at_all():
    start = time.monotonic()
    with pytest.raises(ConnectionError, match="no kernel is listed in the state file") as caught:
        subscribe("adc")
    assert str(state_path()) in str(caught.value)
    assert time.monotonic() - start >= 0.3


def test_nobody_at_the_port(monkeypatch):
    port = free_port()
    with pytest.raises(ConnectionError, match=rf"at 127.0.0.1:{port} \(port=\): Connection refused"):
        subscribe("adc", port=port)
    monkeypatch.setenv("UCORE_PIPE_PORT", str(port))
    with pytest.raises(ConnectionError, match=rf"127.0.0.1:{port} \(the port of UCORE_PIPE_PORT\)"):
        subscribe("adc")


@each("text", ["", "{", "[]", "x" * 100])
def test_a_broken_state_file(text):
    state_path().parent.mkdir(exist_ok=True)
    state_path().write_text(text)
    with pytest.raises(ConnectionError, match=f"{state_path()}: is no state file"):
        subscribe("adc")


def test_an_unreadable_state_file():
    state_path().mkdir(parents=True)
    with pytest.raises(ConnectionError, match=f"{state_path()}: cannot be read"):
        subscribe("adc")


def test_a_variable_that_holds_nonsense(monkeypatch):
    monkeypatch.setenv("UCORE_PIPE_PORT", "usb")
    with pytest.raises(ValueError, match="UCORE_PIPE_PORT"):
        subscribe("adc")


@each("port", [0, -1, 65536, True, "80"])
def test_no_port(port):
    with pytest.raises(ValueError, match="port"):
        subscribe("adc", port=port)


def test_another_computer_needs_a_port():
    with pytest.raises(ValueError, match="port="):
        subscribe("adc", host="example.org")


def test_questions(kernel):
    kernel.board.open("adc")
    address = Address("127.0.0.1", kernel.port, kernel.token)
    assert address.ask("adc")["open"] is True
    assert address.ask("imu")["open"] is False
    with pytest.raises(PipeError, match="wrong token"):
        Address("127.0.0.1", kernel.port, "x").ask("adc")


def test_a_question_to_something_else():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(PipeError, match="no kernel"):
            Address("127.0.0.1", server.getsockname()[1]).ask("adc")
        thread.join()


def test_no_token_in_what_is_shown():
    assert "secret" not in f"{Address('h', 1, 'secret')!r} {Address('h', 1, 'secret')}"
    assert Search("adc", None, 1, "secret", None).failure().count("secret") == 0
