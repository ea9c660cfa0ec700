"""Messages from pieces: whole, with pieces missing anywhere, and never a message that was not sent."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.pipes.reassembly import Assembly
from iot_kernel.protocol.frames import Frame
from tests.each import each
from ukernel.pipes.framing import LONGEST_MESSAGE


def pieces(messages, size=4096, start=0):
    """The frames that a board makes of messages."""
    frames = []
    for data in messages:
        parts = [data[i : i + size] for i in range(0, len(data), size)] or [b""]
        for index, part in enumerate(parts):
            number = (start + len(frames)) % 256
            frames.append(Frame(16, number, part, more=index < len(parts) - 1, continues=index > 0))
    return frames


def assembled(frames, **options):
    assembly = Assembly(**options)
    found = [message for frame in frames if (message := assembly.take(frame)) is not None]
    return found, assembly.lost


def samples(count):
    return [number.to_bytes(4, "little") for number in range(count)]


@each("size", [0, 1, 4, 4095, 4096, 4097, 8192, LONGEST_MESSAGE])
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
    assert assembled(pieces(samples(10))[2:]) == (samples(10)[2:], 2)


@each("missing", range(12))
def test_no_part_is_taken_for_a_message(missing):
    messages = [bytes([n]) * 9000 for n in range(4)]
    frames = pieces(messages)
    del frames[missing]
    whole = [message for n, message in enumerate(messages) if n != missing // 3]
    assert assembled([*frames, *pieces([b"end"], start=12)]) == ([*whole, b"end"], 1)


@each(("first", "count"), [(0, 3), (3, 6), (1, 4), (2, 4), (5, 4)])
def test_whole_messages_among_what_is_missing(first, count):
    messages = [bytes([n]) * 9000 for n in range(4)]
    frames = pieces([b"x" * 9000, *messages])
    del frames[3 + first : 3 + first + count]
    found, lost = assembled([*frames, *pieces([b"end"], start=15)])
    assert len(found) + lost == 6


def test_the_rest_of_a_long_message_among_samples():
    messages = [*samples(5), bytes(4096 + 4), *samples(5)]
    frames = pieces(messages)
    del frames[5]
    assert assembled(frames) == (samples(5) * 2, 1)


def test_a_message_that_was_broken_off():
    """Ctrl-C came between two pieces; the numbers go on."""
    frames = [*pieces([bytes(9000)])[:2], *pieces(samples(2), start=2)]
    assert assembled(frames) == (samples(2), 1)


def test_who_joins_late_begins_behind_the_message_under_way():
    messages = [bytes([n]) * 9000 for n in range(3)]
    assert assembled(pieces(messages, start=77)[1:], joined_late=True) == (messages[1:], 0)
    assert assembled(pieces(messages, start=77), joined_late=True) == (messages, 0)


@pytest.mark.parametrize(("longest", "size"), [(LONGEST_MESSAGE, 100 * 4096), (8, 9)])
def test_a_message_that_is_too_long_is_lost(longest, size):
    messages = [b"next", bytes(longest)]
    frames = [*pieces([bytes(size)], longest // 2), *pieces(messages, longest // 2)]
    frames = [Frame(16, n % 256, f.data, f.more, f.continues) for n, f in enumerate(frames)]
    assert assembled(frames, longest=longest) == (messages, 1)


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
