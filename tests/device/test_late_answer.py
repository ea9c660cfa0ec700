"""An answer that comes too late, given in any cutting."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.device.late_answer import MOST_LATE, LateAnswer

SAID = "OK\x1ee2a8['alpha']\x1f>a thread\n>"
REST = "a thread\n>"


def heard(pieces):
    said = []
    late = LateAnswer(said.append)
    late.expect()
    for piece in pieces:
        late.take(piece)
    return "".join(said)


def test_an_answer_ends_with_the_prompt():
    assert heard([SAID]) == REST
    assert heard(["OKTraceback (most recent call last):\nNameError: x\n>"]) == ""


def test_character_by_character():
    assert heard(SAID) == REST


@given(st.lists(st.integers(1, len(SAID) - 1), unique=True))
def test_cut_anywhere(places):
    cuts = [0, *sorted(places), len(SAID)]
    assert heard(SAID[start:end] for start, end in pairwise(cuts)) == REST


def test_there_is_one_answer_only():
    assert heard([SAID, SAID]) == REST + SAID


def test_what_is_far_too_long_is_no_answer():
    assert heard(["x" * (MOST_LATE - 1), "y"]) == ""
    assert heard(["x" * (MOST_LATE - 1), "y", "z"]) == "z"


def test_nothing_is_dropped_before_and_afterwards():
    said = []
    late = LateAnswer(said.append)
    late.take("before")
    late.expect()
    late.forget()
    late.take(SAID)
    assert said == ["before", SAID]
