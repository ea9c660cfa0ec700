"""Who waits for a descriptor, and who is told that there is something to read."""

import select
import socket
import sys
import threading

import pytest

from iot_kernel.transports import readiness as module
from iot_kernel.transports.readiness import SelectorReadiness, readiness

DEADLINE = 30.0


@pytest.fixture
def sockets():
    """Two ends of a wire, and two of a bell."""
    made = [*socket.socketpair(), *socket.socketpair()]
    yield made
    for each in made:
        each.close()


@pytest.mark.parametrize("make", [readiness, SelectorReadiness])
def test_data_and_the_bell_end_waiting(sockets, make):
    ours, theirs, bell, rope = sockets
    ready = make(ours.fileno(), bell.fileno())
    assert not ready.wait(0.01)
    theirs.send(b"x")
    assert ready.wait(DEADLINE)
    ours.recv(1)
    rope.close()
    assert ready.wait(DEADLINE)
    ready.close()


def test_without_epoll_nobody_reads_directly(sockets):
    ours, _, bell, _ = sockets
    ready = SelectorReadiness(ours.fileno(), bell.fileno())
    assert not ready.begin_direct()
    ready.end_direct()
    ready.wake()
    ready.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has what direct reading takes")
def test_what_was_read_directly_meanwhile_is_not_there_any_more(sockets, monkeypatch):
    """The system has told the thread that reads of data, which somebody else reads before that thread runs.

    A terminal without data says what it says at its end, so nobody may be sent to it in vain.
    """
    ours, theirs, bell, _ = sockets

    class LateEpoll:
        def __init__(self):
            self._epoll = select.poll()
            self.register, self.unregister = self._epoll.register, self._epoll.unregister

        def poll(self, timeout):
            found = self._epoll.poll(None if timeout is None else timeout * 1000)
            if meanwhile:
                meanwhile.pop()()
            return found

        def close(self):
            pass

    def read_directly():
        assert ready.begin_direct()
        assert ready.wait_direct(DEADLINE)
        assert ours.recv(10) == b"first"
        ready.end_direct()
        threading.Timer(0.05, theirs.send, [b"second"]).start()

    meanwhile = [read_directly]
    monkeypatch.setattr(module.select, "epoll", LateEpoll)
    ready = readiness(ours.fileno(), bell.fileno())
    theirs.send(b"first")
    assert ready.wait(DEADLINE)
    ours.setblocking(False)
    assert ours.recv(10) == b"second"
    ready.close()
