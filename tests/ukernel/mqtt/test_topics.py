"""Names in topics, and what boards say of themselves."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.each import each
from ukernel.pipes.framing import FramingError
from ukernel.pipes.mqtt.topics import (
    LARGEST_STATUS,
    BoardStatus,
    check_board,
    escape,
    pipe_topic,
    read_status,
    read_topic,
    status_topic,
    unescape,
    write_status,
)


@each(
    "name, level",
    [("adc", "adc"), ("a/b", "a%2Fb"), ("50%", "50%25"), ("+#", "%2B%23"), ("größe °C", "größe °C")],
)
def test_names_as_levels(name, level):
    assert escape(name) == level
    assert unescape(level) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_comes_back(name):
    topic = pipe_topic("home/lab", "b/1", name)
    assert not set(topic) & {"+", "#", "\0"}
    assert read_topic("home/lab", topic) == ("b/1", name)


def test_topics():
    assert status_topic("iot", "lamp") == "iot/lamp/status"
    assert pipe_topic("iot", "lamp", "adc") == "iot/lamp/pipes/adc"
    assert (status_topic("iot", None), pipe_topic("iot", None, "a")) == ("iot/+/status", "iot/+/pipes/a")
    assert read_topic("iot", "iot/lamp/status") == ("lamp", None)


@each(
    "topic",
    [
        *("", "iot", "other/lamp/status", "iot/lamp", "iot/lamp/pipes", "iot/lamp/x/y", "iot/a/pipes/b/c"),
        *("iot//status", f"iot/{'b' * 129}/status", "iot//pipes/adc"),  # nobody could name these boards
    ],
)
def test_topics_of_others(topic):
    with pytest.raises(FramingError):
        read_topic("iot", topic)


@each(
    "status", [BoardStatus(True, 9, ("adc", "i/o"), "1234"), BoardStatus(False, 2**32 - 1), BoardStatus(True)]
)
def test_a_status_comes_back(status):
    assert read_status(write_status(status)) == status


def test_what_others_read_in_a_status():
    told = json.loads(write_status(BoardStatus(True, 9, ("adc",), "1234")))
    assert told == {"online": True, "publisher": 9, "pipes": ["adc"], "uid": "1234"}
    assert read_status(b"") == BoardStatus(False)


@each(
    "data",
    [
        b"online",
        b"[]",
        b"1",
        b"{}",
        b'{"online": 1}',
        b'{"online": true, "publisher": -1}',
        b'{"online": true, "publisher": 4294967296}',
        b'{"online": true, "publisher": true}',
        b'{"online": true, "publisher": "1"}',
        b'{"online": true, "pipes": "adc"}',
        b'{"online": true, "pipes": [1]}',
        b'{"online": true, "pipes": ["a\\n"]}',
        b'{"online": true, "pipes": ["\\ud800"]}',
        json.dumps({"online": True, "pipes": ["a"] * 300}).encode(),
        b"[" * 100_000,
        b" " * LARGEST_STATUS + b'{"online": true}',
        b"\xff",
    ],
)
def test_nonsense_is_refused(data):
    with pytest.raises(FramingError):
        read_status(data)


@each("name", ["", "x" * 129])
def test_names_that_no_board_has_there(name):
    with pytest.raises(ValueError, match="1 to 128 bytes"):
        check_board(name)
