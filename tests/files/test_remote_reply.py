"""Answers among noise, in any cutting; literals that MicroPython reads; questions that leave nothing."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.errors import RemoteProtocolError
from iot_kernel.files.errors import TooMuchError
from iot_kernel.files.remote_reply import Answers, literal, question
from tests.each import each


def line(mark, answer):
    text = repr(answer)
    return f"\x1e{mark} {len(text)} {text}\x1f\n"


def spoken(mark, answers):
    ending = line(mark, ("end", None, len(answers)))
    return "".join(line(mark, answer) for answer in answers) + ending


values = st.one_of(st.integers(-(1 << 63), (1 << 64) - 1), st.binary(max_size=20), st.none(), st.booleans())
answer_lists = st.lists(st.lists(values, max_size=4).map(tuple), max_size=6)


@given(answer_lists, st.data())
def test_in_any_cutting(expected, data):
    text = spoken(12345, expected)
    answers = Answers(12345)
    while text:
        size = data.draw(st.integers(1, len(text)))
        answers.feed(text[:size])
        text = text[size:]
    assert answers.is_whole
    assert answers.kept == expected


@given(answer_lists, st.lists(st.text(st.characters(exclude_characters="\x1e\x1f")), min_size=9, max_size=9))
def test_between_what_others_print(expected, noise):
    lines = spoken(12345, expected).split("\n")
    answers = Answers(12345)
    answers.feed("".join(noise[number % 9] + text for number, text in enumerate(lines)))
    assert answers.is_whole
    assert answers.kept == expected


@given(st.data())
def test_noise_inside_a_line_is_noticed(data):
    text = spoken(12345, [(b"name", 1)])
    at = data.draw(st.integers(0, len(text)))
    noise = data.draw(st.text(st.characters(exclude_characters="\x1e\x1f"), min_size=1))
    answers = Answers(12345)
    answers.feed(text[:at] + noise + text[at:])
    assert not answers.is_whole or answers.kept == [(b"name", 1)]


@given(
    st.lists(st.binary(max_size=9), max_size=3),
    st.lists(st.text(st.characters(exclude_characters="\x1e\x1f\n")), min_size=5, max_size=5),
    st.data(),
)
def test_what_others_print_is_passed_on(pieces, others, data):
    answers = [(piece,) for piece in pieces]
    others = [f"{other}\n" for other in others]
    lines = [f"{line}\n" for line in spoken(12345, answers).split("\n")[:-1]]
    before_newline = data.draw(st.booleans())
    text = "".join(
        line[:-1] + other + "\n" if before_newline else line + other
        for line, other in zip(lines, others, strict=False)
    )
    said = []
    taken = Answers(12345, on_other=said.append)
    while text:
        size = data.draw(st.integers(1, len(text)))
        taken.feed(text[:size])
        text = text[size:]
    assert taken.kept == answers
    assert "".join(said) == "".join(others[: len(lines)])


def test_text_that_looks_like_an_answer_is_passed_on():
    said = []
    answers = Answers(12345, on_other=said.append)
    answers.feed("\x1e54321 4 (1,)\x1f\n\x1e half" + spoken(12345, []) + "tick")
    assert answers.is_whole
    assert "".join(said) == "\x1e54321 4 (1,)\x1f\n\x1e halftick"


def test_other_marks_and_lost_lines_are_noticed():
    answers = Answers(12345)
    answers.feed(spoken(54321, [(1,)]))
    assert not answers.is_whole
    answers = Answers(12345)
    answers.feed(spoken(12345, [(1,), (2,)]).split("\n", 1)[1])
    assert not answers.is_whole
    answers = Answers(12345)
    answers.feed(spoken(12345, [(1,)]).rsplit("\x1e", 1)[0])
    assert not answers.is_whole


@each(
    "text",
    [
        *("1 + 1", "[1]", "x()", "(1", "(" * 1000, "'a'"),
        *(f"({'9' * 5000},)", f"(0x{'f' * 5000},)", f"({1 << 64},)", "(1e999,)", "(1,{2:[-1e300]})"),
        *("-" * 15_000 + "1", "1" + "+1" * 9000, "[" * 150 + "]" * 150, "(" + "{}," * 30_000),
    ],
)
def test_only_tuples_of_literals_count(text):
    answers = Answers(12345)
    answers.feed(f"\x1e12345 {len(text)} {text}\x1f")
    assert answers.kept == []


@each("length", ["9" * 5000, "-1", "1_0", "\u0664", ""])
def test_lengths_that_are_none(length):
    answers = Answers(12345)
    answers.feed(f"\x1e12345 {length} (1,)\x1f")
    assert answers.kept == []


def test_more_answers_than_can_be_true_are_not_kept():
    stops = []
    answers = Answers(12345, stop=lambda: stops.append(1), most=1000)
    for _ in range(100):
        answers.feed(line(12345, (b"x" * 100,)))
    assert isinstance(answers.problem, TooMuchError)
    assert stops == [1]
    assert answers.kept == []


def test_lines_that_are_no_answers_count_too():
    answers = Answers(12345, most=1000)
    for _ in range(100):
        answers.feed(f"\x1e12345 7 {'x' * 100}\x1f")
    assert isinstance(answers.problem, TooMuchError)


@pytest.mark.parametrize(
    "error", [OSError(5, "no"), RemoteProtocolError("asking", b""), TooMuchError("x", "y")]
)
def test_what_takes_answers_ends_them(error):
    taken, stops = [], []

    def take(answer):
        taken.append(answer)
        if len(taken) == 2:
            raise error

    answers = Answers(12345, take, stop=lambda: stops.append(1))
    answers.feed(spoken(12345, [(number,) for number in range(9)]))
    answers.feed("more" + spoken(12345, [(number,) for number in range(9)]))
    assert answers.problem is error
    assert (taken, stops) == ([(0,), (1,)], [1])


def test_endless_noise_takes_no_memory():
    answers = Answers(12345)
    for _ in range(100):
        answers.feed("x" * 10_000)
    assert len(answers._buffer) < 100_000


@given(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.binary(), st.integers(), st.none()))
def test_literals_mean_the_same(value):
    assert ast.literal_eval(literal(value)) == value
    assert ast.literal_eval(literal((value, (value,)))) == (value, (value,))
    assert not set(literal(value)) & {chr(code) for code in (*range(32), 127)}


def test_a_question_leaves_nothing():
    code = question(["space"], "__iot_space__", 12345, ["/a"])
    assert code.endswith(
        '\ntry:__iot_answer__(12345,__iot_space__,"/a")\nfinally:del __iot_answer__,__iot_space__\n'
    )
