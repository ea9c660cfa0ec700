"""Messages from pieces: whole, with pieces missing anywhere, and never a message that nobody sent."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.pipes.assembly import Assembly
from iot_kernel.pipes.framing import LONGEST_MESSAGE
from iot_kernel.protocol.jmp import Frame


def pieces(messages, size=4096, start=0):
    """The frames that a board makes of messages."""
    frames = []
    for data in messages:
        parts = [data[i : i + size] for i in range(0, len(data), size)] or [b""]
        for index, part in enumerate(parts):
            number = (start + len(frames)) % 256
            frames.append(Frame(16, number, part, more=index < len(parts) - 1))
    return frames


def assembled(frames, **options):
    assembly = Assembly(**options)
    found = [message for frame in frames if (message := assembly.take(frame)) is not None]
    return found, assembly.lost


def samples(count):
    return [number.to_bytes(4, "little") for number in range(count)]


@pytest.mark.parametrize("size", [0, 1, 4, 4095, 4096, 4097, 8192, LONGEST_MESSAGE])
def test_messages_of_any_size(size):
    messages = [bytes([n]) * size for n in range(3)]
    assert assembled(pieces(messages)) == (messages, 0)


def test_the_numbers_begin_again():
    assert assembled(pieces(samples(1000))) == (samples(1000), 0)


@pytest.mark.parametrize("gap", [1, 2, 255])
def test_samples_that_are_lost_are_counted_exactly(gap):
    frames = pieces(samples(700))
    del frames[300 : 300 + gap]
    assert assembled(frames) == (samples(300) + samples(700)[300 + gap :], gap)


def test_the_first_ones_can_be_lost():
    messages, lost = assembled(pieces(samples(10))[1:])
    assert messages == samples(10)[2:]  # whether the second is whole nobody can know
    assert lost == 2


@pytest.mark.parametrize("missing", range(9))
def test_no_tail_is_taken_for_a_message(missing):
    messages = [bytes([n]) * 9000 for n in range(3)]
    frames = pieces(messages)
    del frames[missing]
    found, lost = assembled(frames)
    assert set(found) <= set(messages)
    assert lost >= 3 - len(found) - (missing >= 6)  # behind the last one nobody has noticed yet


def test_a_tail_that_looks_like_a_sample():
    """Samples of 4 bytes, then the tail of a long message of which all the rest is missing."""
    messages = [*samples(5), bytes(4096 + 5), *samples(5)]
    frames = pieces(messages)
    del frames[5]
    found, lost = assembled(frames)
    assert found == samples(5) * 2
    assert lost == 2  # reckoned: that it was one of two pieces nobody can know


def test_who_joins_late_begins_behind_the_message_under_way():
    messages = [bytes([n]) * 9000 for n in range(3)]
    assert assembled(pieces(messages, start=77)[1:], joined_late=True) == (messages[1:], 0)


def test_a_message_without_end_is_given_up():
    frames = [Frame(16, n % 256, bytes(4096), more=True) for n in range(100)]
    frames += [Frame(16, 100, b"end"), Frame(16, 101, b"next")]
    found, lost = assembled(frames)
    assert found == [b"next"]
    assert lost >= 1


@given(st.lists(st.integers(0, 300), max_size=40), st.integers(1, 100), st.randoms(use_true_random=False))
def test_nothing_is_delivered_that_was_not_sent(sizes, size, chance):
    messages = [bytes([n]) * (length + 1) for n, length in enumerate(sizes)]
    frames = pieces(messages, size)
    kept = [frame for frame in frames if chance.random() > 0.1]
    found, lost = assembled(kept)
    wrong = [message for message in found if message not in messages]
    assert not wrong
    if kept == frames:
        assert (found, lost) == (messages, 0)


def test_a_hundred_thousand_samples_with_losses_add_up():
    chance = random.Random(1)
    frames = [frame for frame in pieces(samples(100_000)) if chance.random() > 0.01]
    found, lost = assembled(frames)
    assert len(found) + lost == 100_000
    assert found == sorted(found, key=lambda data: int.from_bytes(data, "little"))
