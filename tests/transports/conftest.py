"""A stream over a real descriptor, for tests of what is made of it."""

import socket

import pytest

from iot_kernel.transports.poll_stream import PollStream


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    stream = PollStream(ours.fileno(), ours.recv, ours.send, ours.close, "it hung up")
    yield stream, theirs
    stream.close()
    theirs.close()
