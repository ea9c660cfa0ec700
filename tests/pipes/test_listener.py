"""The listener with subscribers of all kinds; the hostile ones are also those of `test_subscriber`."""

import contextlib
import json
import os
import socket
import struct
import threading
import time

import pytest

from iot_kernel.pipes import listener as module
from iot_kernel.pipes import subscriber
from iot_kernel.pipes.hub import Hub, Outlet
from iot_kernel.pipes.listener import PipeListener
from tests.pipes import kernels
from tests.pipes.kernels import read_all


def test_the_wire_is_length_and_bytes(kernel, board):
    board.open("adc")
    connection = kernel.connect(b"adc t0ken\n")
    kernel.wait_for("adc")
    board.write("adc", b"\0\1\2\3")
    board.write("adc", b"")
    board.close("adc")
    data = b""
    while more := connection.recv(100):
        data += more
    connection.close()
    assert data == b"\4\0\0\0\0\1\2\3" + bytes(4)


def test_stamps_say_when_and_what_was_lost(kernel, board):
    before = time.time()
    board.open("adc")
    connection = kernel.connect(b"\x02adc t0ken\n")
    kernel.wait_for("adc")
    board.write("adc", b"1")
    board.skip("adc", 5)
    board.write("adc", b"2")
    first = struct.unpack("<IdII", connection.recv(20, socket.MSG_WAITALL))
    assert connection.recv(1) == b"1"
    second = struct.unpack("<IdII", connection.recv(20, socket.MSG_WAITALL))
    connection.close()
    assert (first[0], first[2], second[2], second[3]) == (1, 0, 5, 0xFFFFFFFF)
    assert before <= first[1] <= second[1] <= time.time()


def test_each_subscriber_gets_all_messages_after_subscribing(kernel, board):
    board.open("adc")
    board.write("adc", b"too early")
    connections = [kernel.connect(b"adc t0ken\n") for _ in range(20)]
    kernel.wait_for("adc", 20)
    sent = [os.urandom(size) for size in (0, 1, 4, 4096, 4097, 65535)]
    for data in sent:
        board.write("adc", data)
    board.close("adc")
    for connection in connections:
        assert read_all(connection) == (sent, None)
    assert kernel.listener.subscribers("adc") == 0


def test_a_subscriber_may_come_before_the_pipe(kernel, board):
    connection = kernel.connect(b"adc t0ken\n")
    kernel.wait_for("adc")
    board.open("adc")
    board.write("adc", b"1")
    board.close("adc")
    assert read_all(connection) == ([b"1"], None)


def test_a_subscriber_of_a_closed_pipe_gets_nothing_of_the_pipe_opened_again(kernel, board):
    board.open("adc")
    connection = kernel.connect(b"adc t0ken\n")
    kernel.wait_for("adc")
    board.write("adc", b"1")
    board.open("adc")
    board.write("adc", b"2")
    assert read_all(connection) == ([b"1"], None)


def test_all_frames_before_the_end_arrive_also_at_a_reader_that_dawdles(kernel, board):
    board.open("adc")
    connection = kernel.connect(b"adc t0ken\n", buffer=4096)
    kernel.wait_for("adc")
    sent = [bytes([n]) * 60_000 for n in range(100)]
    for data in sent:
        board.write("adc", data)
    board.close("adc")
    assert read_all(connection) == (sent, None)


def test_the_end_of_the_kernel_is_the_end_of_the_streams_after_the_last_message(board, kernel):
    board.open("adc")
    open_one, waiting = kernel.connect(b"adc t0ken\n"), kernel.connect(b"imu t0ken\n")
    kernel.wait_for("adc")
    kernel.wait_for("imu")
    for number in range(1000):
        board.write("adc", number.to_bytes(4, "little"))
    kernel.listener.close()
    kernel.listener.close()
    assert len(read_all(open_one)[0]) == 1000
    assert read_all(waiting) == ([], None)
    board.open("adc")
    board.write("adc", b"nobody")
    assert not [thread for thread in threading.enumerate() if thread.name == "IoT pipes"]


def test_a_question(kernel, board):
    (answer,), _ = read_all(kernel.connect(b"?adc t0ken\n"))
    assert json.loads(answer) == {"open": False, "subscribers": 0, "pipes": []}
    board.open("imu")
    board.open("adc")
    board.write("adc", b"abc")
    (answer,), refusal = read_all(kernel.connect(b"?adc t0ken\n"))
    counts = {"messages": 1, "bytes": 3, "lost": 0}
    assert json.loads(answer) == {"open": True, "subscribers": 0, "pipes": ["adc", "imu"], **counts}
    assert refusal is None


@pytest.mark.parametrize(
    "line", [b"adc\n", b"adc \n", b"adc wrong\n", b"?adc wrong\n", b"adc t0ken2\n", "adc µ\n".encode()]
)
def test_a_wrong_token(kernel, board, line):
    board.open("adc")
    assert read_all(kernel.connect(line)) == ([], subscriber.REFUSED)
    assert kernel.listener.subscribers("adc") == 0


@pytest.mark.parametrize("line", [b"adc\n", b"adc \n", b"adc whatever\n"])
def test_no_token_is_checked_where_it_is_switched_off(line):
    with kernels.kernel(token="") as kernel:
        connection = kernel.connect(line)
        kernel.wait_for("adc")
        kernel.board.open("adc")
        kernel.board.close("adc")
        assert read_all(connection) == ([], None)


@pytest.mark.parametrize("line", [b"\n", b"\xff\xfe t0ken\n", b"\0\1\2\n", b"a" * 65 + b" t0ken\n"])
def test_no_request(kernel, line):
    messages, refusal = read_all(kernel.connect(line))
    assert messages == []
    assert refusal.startswith("no request: ")


def test_a_request_without_end(kernel):
    messages, refusal = read_all(kernel.connect(b"a" * 5000))
    assert (messages, refusal) in [([], "a request has at most 1024 bytes"), ([], None)]


def test_a_request_byte_by_byte(kernel, board):
    connection = kernel.connect()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"adc t0ken\n":
        connection.sendall(bytes([byte]))
    kernel.wait_for("adc")
    connection.close()
    kernel.wait_for("adc", 0)


def test_a_silent_one_is_told(kernel, monkeypatch):
    monkeypatch.setattr(subscriber, "REQUEST_TIMEOUT", 0.05)
    assert read_all(kernel.connect()) == ([], "no request within 0.05 s")


def test_a_subscriber_that_leaves_at_once_leaves_nothing(kernel):
    for _ in range(50):
        kernel.connect().close()
        kernel.connect(b"adc t0ken\n").close()
    kernel.wait_for("adc", 0)


def test_a_subscriber_that_sends_more_than_a_request_is_told(kernel, board):
    board.open("adc")
    assert read_all(kernel.connect(b"adc t0ken\nmore")) == ([], subscriber.TALKATIVE)


class Bystander(threading.Thread):
    """A good subscriber beside a bad one."""

    def __init__(self, kernel):
        super().__init__()
        self.connection = kernel.connect(b"adc t0ken\n")
        kernel.wait_for("adc")
        self.result = None
        self.start()

    def run(self):
        self.result = read_all(self.connection)


def steady(board, bad, count=300):
    """Writes to a pipe while something bad goes on, and closes it."""
    thread = threading.Thread(target=bad)
    thread.start()
    number = 0
    while number < count or thread.is_alive():
        board.write("adc", number.to_bytes(4, "little"))
        number += 1
        time.sleep(0.001)
    thread.join()
    board.close("adc")
    return [n.to_bytes(4, "little") for n in range(number)]


@pytest.mark.parametrize("request_", [b"adc t0ken\n", b"", b"\n"])
def test_a_subscriber_that_sends_a_gigabyte_is_hung_up_on(kernel, board, request_):
    board.open("adc")
    bystander = Bystander(kernel)
    sent_bytes = []

    def bad():
        with kernel.connect(request_) as connection:
            megabyte = bytes(2**20)
            try:
                for _ in range(1024):
                    connection.sendall(megabyte)
                    sent_bytes.append(len(megabyte))
            except OSError:
                pass

    sent = steady(board, bad)
    bystander.join(kernels.TIMEOUT)
    assert bystander.result == (sent, None)
    assert sum(sent_bytes) < 2**30, "it should have been hung up on"


def test_a_subscriber_that_never_reads_is_told_and_dropped_and_no_other_notices(kernel, board, monkeypatch):
    monkeypatch.setattr(subscriber, "BUFFER", 2**20)
    board.open("adc")
    slow = kernel.connect(b"adc t0ken\n", buffer=4096)
    kernel.wait_for("adc")
    good = Bystander.__new__(Bystander)
    threading.Thread.__init__(good)
    good.connection = kernel.connect(b"adc t0ken\n")
    kernel.wait_for("adc", 2)
    good.start()
    sent = []
    end = time.monotonic() + kernels.TIMEOUT
    while kernel.listener.subscribers("adc") == 2 and time.monotonic() < end:
        sent.append(bytes([len(sent) % 256]) * 50_000)
        board.write("adc", sent[-1])
        time.sleep(0.001)
    board.close("adc")
    good.join(kernels.TIMEOUT)
    assert good.result == (sent, None)
    messages, refusal = read_all(slow)
    assert messages == sent[: len(messages)]
    assert refusal.startswith("too slow: 1.0 MB of pipe 'adc' were waiting to be read (")


def fill(kernel, board, until):
    """Writes to a pipe that nobody reads; returns what was written."""
    sent = []
    end = time.monotonic() + kernels.TIMEOUT
    while not until():
        assert time.monotonic() < end
        sent.append(bytes([len(sent) % 256]) * 50_000)
        board.write("adc", sent[-1])
        time.sleep(0.001)
    return sent


def stopped_reader(kernel, board):
    """Opens a pipe with a subscriber that does not read; returns its socket, and the kernel's side of it."""
    board.open("adc")
    stopped = kernel.connect(b"adc t0ken\n", buffer=4096)
    kernel.wait_for("adc")
    (connection,) = kernel.listener._connections
    return stopped, connection


def test_a_subscriber_that_stood_still_is_told_that_it_was_dropped(kernel, board, monkeypatch):
    monkeypatch.setattr(subscriber, "BUFFER", 2**20)
    monkeypatch.setattr(subscriber, "REFUSAL_TIMEOUT", 0.01)
    stopped, _ = stopped_reader(kernel, board)
    sent = fill(kernel, board, lambda: not kernel.listener.subscribers("adc"))
    time.sleep(0.1)
    messages, refusal = read_all(stopped)
    assert messages == sent[: len(messages)]
    assert refusal.startswith("too slow: 1.0 MB of pipe 'adc' were waiting to be read (")


def test_a_subscriber_that_stands_still_until_long_after_the_end_is_told(kernel, board, monkeypatch):
    monkeypatch.setattr(subscriber, "LAST_MESSAGES_TIMEOUT", 0.01)
    stopped, connection = stopped_reader(kernel, board)
    sent = fill(kernel, board, lambda: connection._size > 200_000)
    board.close("adc")
    time.sleep(0.1)
    messages, refusal = read_all(stopped)
    assert messages == sent[: len(messages)]
    assert refusal.startswith("too slow: ")


def test_the_end_comes_when_all_has_been_read_at_once(kernel, board, monkeypatch, caplog):
    monkeypatch.setattr(subscriber, "HIGH_WATER", 1)
    stopped, connection = stopped_reader(kernel, board)
    sent = fill(kernel, board, lambda: connection._size > 0)
    board.close("adc")
    kernel.wait_for("adc", 0)
    assert read_all(stopped) == (sent, None)
    kernel.listener.close()
    assert caplog.text == ""


def test_too_many(kernel, monkeypatch):
    monkeypatch.setattr(module, "MOST_SUBSCRIBERS", 3)
    crowd = [kernel.connect(b"adc t0ken\n") for _ in range(3)]
    kernel.wait_for("adc", 3)
    assert read_all(kernel.connect(b"adc t0ken\n")) == ([], "this kernel has 3 subscribers already")
    crowd.pop().close()
    kernel.wait_for("adc", 2)
    crowd.append(kernel.connect(b"adc t0ken\n"))
    kernel.wait_for("adc", 3)
    for connection in crowd:
        connection.close()


def test_connections_without_a_request_do_not_keep_a_subscriber_out(kernel, board, monkeypatch):
    monkeypatch.setattr(subscriber, "REQUEST_TIMEOUT", kernels.TIMEOUT)
    board.open("adc")
    connections = [kernel.connect(b"adc" if number % 2 else b"") for number in range(module.MOST_SUBSCRIBERS)]
    friend = kernel.connect(b"adc t0ken\n")
    kernel.wait_for("adc")
    more = [kernel.connect() for _ in range(module.MOST_WITHOUT_REQUEST + 1)]
    board.write("adc", b"1")
    board.close("adc")
    assert read_all(friend) == ([b"1"], None)
    why = f"more than {module.MOST_WITHOUT_REQUEST} connections wait here without a request"
    assert read_all(connections[0]) == ([], why)
    for connection in (*connections, *more):
        connection.close()


def test_of_too_many_connections_without_a_request_the_oldest_is_ended(kernel, monkeypatch):
    monkeypatch.setattr(module, "MOST_WITHOUT_REQUEST", 2)
    first, second, third = (kernel.connect() for _ in range(3))
    assert read_all(first) == ([], "more than 2 connections wait here without a request")
    for connection in (second, third):
        connection.sendall(b"adc t0ken\n")
    kernel.wait_for("adc", 2)
    second.close()
    third.close()


def test_requests_that_come_byte_by_byte_have_one_deadline(kernel, monkeypatch):
    monkeypatch.setattr(subscriber, "REQUEST_TIMEOUT", 0.5)
    trickling = kernel.connect()
    trickling.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    trickling.settimeout(0.05)
    answer = b""
    while b"no request within 0.5 s" not in answer:
        with contextlib.suppress(TimeoutError):
            answer += trickling.recv(100)
        if not answer:
            trickling.sendall(b"a")
    trickling.close()


def test_what_the_loop_does_not_get_to_is_lost_and_counted(kernel, board, monkeypatch):
    monkeypatch.setattr(module, "BACKLOG", 100_000)
    board.open("adc")
    connection = kernel.connect(b"adc t0ken\n")
    kernel.wait_for("adc")
    hold, held = threading.Event(), threading.Event()

    def stand_still():
        held.set()
        hold.wait(kernels.TIMEOUT)

    kernel.listener._loop.call_soon_threadsafe(stand_still)
    held.wait(kernels.TIMEOUT)
    for _ in range(100):
        board.write("adc", bytes(4000))
    lost = kernel.hub.pipe("adc").lost
    hold.set()
    board.close("adc")
    messages, _ = read_all(connection)
    assert 0 < lost < 100
    assert len(messages) == 100 - lost


def test_a_port_that_is_taken(kernel):
    other = PipeListener(Hub(), "")
    with pytest.raises(OSError, match="in use"):
        other.start(kernel.port)
    other.close()


def test_a_listener_that_never_started_closes():
    hub = Hub()
    PipeListener(hub, "").close()
    assert type(hub.outlet) is Outlet


def test_only_this_computer_can_subscribe(kernel):
    assert kernel.listener._socket.getsockname()[0] == "127.0.0.1"


def test_the_cost_grows_as_the_subscribers_do_and_no_faster(kernel, board):
    """With four times as much for a busy machine: fifty times fifty would be far more."""

    def seconds(count):
        board.open("adc")
        threads = []
        for number in range(count):
            connection = kernel.connect(b"adc t0ken\n")
            kernel.wait_for("adc", number + 1)
            threads.append(threading.Thread(target=read_all, args=(connection,)))
        for thread in threads:
            thread.start()
        start = time.perf_counter()
        for _ in range(5000):
            board.write("adc", b"1234")
        board.close("adc")
        for thread in threads:
            thread.join(kernels.TIMEOUT)
        return time.perf_counter() - start

    one = min(seconds(1) for _ in range(3))
    assert min(seconds(50) for _ in range(3)) < 4 * 50 * one
