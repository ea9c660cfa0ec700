"""What a board says is read where it makes sense; everything else is nothing, or an error that says so."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel import snippets
from iot_kernel.debugging import messages
from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.messages import Answer, Continued, Logged, Stopped, Variable, VariablePage
from iot_kernel.debugging.value_text import LONGEST_LINE
from iot_kernel.errors import IoTKernelError, RemoteProtocolError
from tests.each import each

LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner, inner) | st.dictionaries(st.text(), inner),
)


@each(
    "data, message",
    [
        (
            b"s(7,True,1,'step','',[3,4])",
            Stopped(count=7, is_main=True, thread=1, reason="step", text="", numbers=(3, 4)),
        ),
        (b"g()", Continued()),
        (b"l('so',)", Logged("so")),
        (b"l('a\\x07',)", Logged("a?")),
        (b"l('so')", None),
        (b"a('12',[1])", Answer(12, [1])),
        (b"a(12,[1])", None),
        (b"a('-1',[1])", None),
        (b"s(7,True,1,'step','',[])", None),
        (b"s(7,True,1,'step','',['3'])", None),
        (f"s(7,True,1,'step','',{[1] * 101})".encode(), None),
        (
            b"s(7,True,1,'step','',[3,('m.py','f','m',4),('<stdin>','g',2,3)])",
            Stopped(
                count=7,
                is_main=True,
                thread=1,
                reason="step",
                text="",
                numbers=(3, ("m.py", "f", "m", 4), ("<stdin>", "g", 2, 3)),
            ),
        ),
        (b"s(7,True,1,'step','',[('m.py','f','m')])", None),
        (b"s(7,True,1,'step','',[('m.py','f','m',-4)])", None),
        (b"s(7,True,1,'step','',[('m.py\\n','f','m',4)])", None),
        (f"s(7,True,1,'step','',[({'m' * 301!r},'f','m',4)])".encode(), None),
        (b"x()", None),
        (b"a\xff", None),
        (b"", None),
    ],
)
def test_frames(data, message):
    assert messages.read(data) == message


@given(st.binary())
def test_any_bytes_are_read_without_an_error(data):
    messages.read(data)


def test_a_command_that_raised():
    assert messages.result(5) == 5
    with pytest.raises(CommandFailedError, match="NameError: name 'x'"):
        messages.result(("error", "NameError", "name 'x'"))


def test_a_part_of_a_file():
    assert messages.part(b"x = 1") == b"x = 1"
    with pytest.raises(RemoteProtocolError):
        messages.part("x = 1")


def test_what_a_board_says_of_itself():
    assert messages.about((7, True)) == (7, True)
    for wrong in (7, None, ("7", True), (7, 1)):
        with pytest.raises(RemoteProtocolError):
            messages.about(wrong)


def test_variables():
    answer = (0, [("a", "int", None, "5", [], 0), ("c", "list", 9, None, ["1", None], 1)], 2)
    assert messages.page(answer) == VariablePage(
        0,
        2,
        (
            Variable("a", "int", None, "5", 0),
            Variable("c", "list", 9, "[1, …] 9 items", 1),
        ),
    )
    about = ("dict", 1, None, [], 1)
    assert messages.page((*answer, about)).about == Variable("", "dict", 1, "{…} 1 item", 1)
    assert messages.page((*answer, None)).about is None


def test_a_page_says_where_the_next_one_begins():
    one = ("a", "int", None, "5", [], 0)
    assert messages.page((3, [one], 9)).rest == 4
    assert messages.page((3, [one], 4)).rest is None
    assert messages.page((3, [], 4)).rest is None


def test_more_than_an_answer_may_hold_is_no_answer():
    with pytest.raises(RemoteProtocolError):
        messages.page((0, [("a", "int", None, "5", [], 0)] * 101, 101))


def test_names_and_values_are_cut_and_cleaned():
    (variable,) = messages.page(
        (0, [("n" * 999, "k\x1b" * 99, None, "\x1b" + "t" * 9999, [], 0)], 1)
    ).variables
    assert len(variable.name) <= messages.LONGEST_NAME
    assert len(variable.text) <= LONGEST_LINE
    assert variable.text.isprintable()
    assert variable.kind.isprintable()


def test_what_came_of_code():
    assert messages.ran((None, ("int", None, "5", [], 0))) == ((), Variable("", "int", None, "5", 0))
    assert messages.ran((["a"], None)) == (("a",), None)


@given(LITERALS)
def test_answers_that_make_no_sense_are_errors_that_say_so(answer):
    for read in (messages.page, messages.ran):
        try:
            read(answer)
        except RemoteProtocolError as error:
            assert "stopped board" in str(error)
    assert isinstance(messages.numbers_of(answer), tuple)


@given(LITERALS)
def test_results_are_values_or_errors_of_ours(answer):
    try:
        assert messages.result(answer) is answer
    except IoTKernelError as error:
        assert str(error).isprintable()


def test_the_board_keeps_as_many_frames_as_are_told():
    program = (Path(snippets.__file__).parent / "debug_notes.py").read_text()
    assert program.count(f"len(kept) < {messages.MOST_KEPT_FRAMES}:") == 1
