"""What a reader has of a pipe, fed with what kernels send."""

import pytest

from ukernel.pipes.framing import NO_CLOCK, Message, PipeError, write_messages, write_refusal
from ukernel.pipes.inbox import Inbox

MESSAGES = [Message(b"a", 1.0, 5, NO_CLOCK), Message(b"", 2.0, 5, 7), Message(b"c", 3.0, 8, 9)]


@pytest.fixture
def inbox():
    return Inbox("pipe 'adc' at here")


def stream(messages=MESSAGES):
    return write_messages(messages, stamps=True)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_messages_and_what_is_known_of_them(inbox, size):
    data, found = stream(), []
    for start in range(0, len(data), size):
        inbox.feed(data[start : start + size])
        while (message := inbox.take()) is not None:
            found.append((message, inbox.arrived, inbox.lost, inbox.clock))
    assert found == [(b"a", 1.0, 0, None), (b"", 2.0, 0, 7), (b"c", 3.0, 3, 9)]
    assert not inbox.has_ended


def test_before_the_first(inbox):
    assert inbox.take() is None
    assert (inbox.lost, inbox.arrived, inbox.clock, inbox.has_ended) == (0, 0.0, None, False)


def test_the_end_comes_behind_what_is_there(inbox):
    inbox.feed(stream(MESSAGES[:1]))
    inbox.feed(b"")
    assert (inbox.take(), inbox.has_ended) == (b"a", True)


def test_a_refusal_comes_behind_what_is_there(inbox):
    inbox.feed(stream(MESSAGES[:1]) + write_refusal("too slow"))
    assert inbox.take() == b"a"
    with pytest.raises(PipeError, match="pipe 'adc' at here: too slow"):
        inbox.feed(b"")


def test_what_is_no_pipe(inbox):
    with pytest.raises(PipeError, match=r"pipe 'adc' at here: .* no kernel's pipe"):
        inbox.feed(b"HTTP/1.1 400 Bad Request\r\n")
