"""Batches as bytes: whole, cut at any place, and nonsense."""

import struct
from collections import deque
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.each import each
from ukernel.pipes.framing import LONGEST_MESSAGE, NO_CLOCK, FramingError
from ukernel.pipes.mqtt.batches import (
    HEAD_SIZE,
    LARGEST_BATCH,
    Batch,
    NumberedMessage,
    read_batch,
    take_batch,
    write_end,
)

LARGEST = 32 * 1024
SAMPLE = struct.pack("<f", 1.5)


def batch_of(*messages, largest=LARGEST):
    waiting = deque(messages)
    return take_batch(7, 3, waiting, largest), list(waiting)


def message(number, data=SAMPLE, arrived=1000.0, clock=NO_CLOCK):
    return NumberedMessage(number, data, arrived, clock)


def test_the_bytes_of_two_messages_of_which_one_between_was_lost():
    data, rest = batch_of(message(5, b"abc", 1000.5, 9), message(7, b"", 1000.75))
    head = b"IOT\x01" + struct.pack("<HBBIIQd", 2, 0, 0, 7, 3, 5, 1000.5)
    first = struct.pack("<HHII", 3, 0, 0, 9) + b"abc"
    assert data == head + first + struct.pack("<HHII", 0, 1, 250_000, 0xFFFFFFFF)
    assert rest == []
    messages = (message(5, b"abc", 1000.5, 9), message(7, b"", 1000.75))
    assert read_batch(data) == Batch(7, 3, 5, messages)


def test_an_end_is_a_head():
    assert write_end(7, 3, 9) == b"IOT\x01" + struct.pack("<HBBIIQd", 0, 1, 0, 7, 3, 9, 0.0)
    assert read_batch(write_end(7, 3, 9)) == Batch(7, 3, 9, (), has_ended=True)


@each(
    "second",
    [
        message(70_000),  # more lost than the field can say
        message(1, arrived=999.0),  # a clock that was set back
        message(1, arrived=1000.0 + 5000),
        message(1, bytes(LARGEST)),
    ],
)
def test_what_goes_into_no_batch_with_others_begins_the_next(second):
    first = message(0)
    data, rest = batch_of(first, second)
    assert read_batch(data).messages == (first,)
    assert rest == [second]
    data, rest = batch_of(second)
    assert read_batch(data).messages == (second,)
    assert rest == []


def test_the_longest_message_goes_alone():
    long = message(0, bytes(LONGEST_MESSAGE))
    data, rest = batch_of(long, message(1))
    assert read_batch(data).messages == (long,)
    assert len(data) <= LARGEST_BATCH
    assert len(rest) == 1


@given(
    st.lists(
        st.tuples(
            st.binary(max_size=40), st.floats(0, 2e9), st.integers(0, 99_999), st.integers(0, 2**32 - 1)
        ),
        min_size=1,
        max_size=9,
    ),
    st.integers(0, 200),
)
def test_any_messages_come_back_in_any_size_of_batches(samples, largest):
    number, messages = -1, []
    for data, arrived, lost, clock in samples:
        number += 1 + lost
        messages.append(NumberedMessage(number, data, arrived, clock))
    waiting, found = deque(messages), []
    while waiting:
        batch = read_batch(take_batch(1, 2, waiting, largest))
        assert batch.first == batch.messages[0].number
        found += batch.messages
    for sent, got in zip(messages, found, strict=True):
        assert (sent.number, sent.data, sent.clock) == (got.number, got.data, got.clock)
        assert got.arrived == pytest.approx(sent.arrived, abs=2e-6)


def test_a_batch_that_is_cut_or_has_more_is_none():
    data, _ = batch_of(message(0, b"abc"), message(1, b"de"))
    for end in range(len(data)):
        with pytest.raises(FramingError):
            read_batch(data[:end])
    with pytest.raises(FramingError):
        read_batch(data + b"\0")


HEAD = struct.Struct("<4sHBBIIQd")


@each(
    "data",
    [
        b"",
        b'{"temperature": 21.5}' * 3,
        bytes(HEAD_SIZE),
        bytes(LARGEST_BATCH + 1),
        b"IOT\x01" + bytes(LARGEST_BATCH),
        HEAD.pack(b"IOT\x02", 0, 1, 0, 1, 1, 1, 0.0),
        HEAD.pack(b"IOT\x01", 0, 0, 0, 1, 1, 1, 0.0),  # neither messages nor an end
        HEAD.pack(b"IOT\x01", 1, 1, 0, 1, 1, 1, 0.0),  # both
        HEAD.pack(b"IOT\x01", 65535, 0, 0, 1, 1, 1, 0.0),
        HEAD.pack(b"IOT\x01", 0, 1, 0, 1, 1, 2**64 - 1, 0.0),
        HEAD.pack(b"IOT\x01", 0, 1, 0, 1, 1, 1, float("nan")),
        HEAD.pack(b"IOT\x01", 0, 1, 0, 1, 1, 1, float("inf")),
        HEAD.pack(b"IOT\x01", 0, 1, 0, 1, 1, 1, -1.0),
    ],
)
def test_nonsense_is_refused(data):
    with pytest.raises(FramingError):
        read_batch(data)


def test_a_later_version_says_so():
    with pytest.raises(FramingError, match="version 2: this program knows version 1"):
        read_batch(HEAD.pack(b"IOT\x02", 0, 1, 0, 1, 1, 1, 0.0))


@given(st.binary(max_size=99), st.integers(0, 3))
def test_any_bytes_are_a_batch_or_an_error(rest, count):
    head = HEAD.pack(b"IOT\x01", count, 0, 0, 1, 1, 1, 1.0)
    for data in (rest, head + rest):
        with suppress(FramingError):
            assert isinstance(read_batch(data), Batch)
