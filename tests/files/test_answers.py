"""Answers among noise, in any cutting; literals that MicroPython reads; questions that leave nothing."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.files.answers import Answers, literal, question


def line(mark, answer):
    text = repr(answer)
    return f"\x1e{mark} {len(text)} {text}\x1f\n"


def spoken(mark, answers):
    ending = line(mark, ("end", None, len(answers)))
    return "".join(line(mark, answer) for answer in answers) + ending


values = st.one_of(st.integers(), st.binary(max_size=20), st.none(), st.booleans())
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


@pytest.mark.parametrize("text", ["1 + 1", "[1]", "x()", "(1", "(" * 1000, "'a'"])
def test_only_tuples_of_literals_count(text):
    answers = Answers(12345)
    answers.feed(f"\x1e12345 {len(text)} {text}\x1f")
    assert answers.kept == []


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
