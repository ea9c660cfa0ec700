"""The last expression of a cell: asked for on its own line, found in any cutting of the output."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.value import LONGEST_VALUE, ValueScanner, ask_for_value

NONCE = "a1b2"


def run_on_host(source):
    """CPython is the board here: the asked code must run in any Python."""
    printed = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *args: printed.append(" ".join(map(str, args)) + "\r\n"))
        exec(compile(source, "<stdin>", "exec"), {})
    scanner = ValueScanner(NONCE)
    text = b"".join(scanner.feed(line.encode()) for line in printed)
    return (text + scanner.finish()).decode(), scanner.value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 1", "2"),
        ("a = 5\na", "5"),
        ("a = 5; a * 2", "10"),
        ("'ü' * 2  # twice", "'üü'"),
        ("x = 'ä'; (x,\n  'b')", "('ä', 'b')"),
        ("[1,\n 2,\n 3]\n\n# the end\n", "[1, 2, 3]"),
        ("(1\n+2)", "3"),
        ("1,", "(1,)"),
        ("1, 2", "(1, 2)"),
        ("(1,\n2), 3", "((1, 2), 3)"),
        ("*[1], 2", "(1, 2)"),
        ("(n for n in ()) and 1", "1"),
        ("lambda: 1, 2;", None),
        ("print = 3\n1 + 1", "2"),
        ("(x := 4)", "4"),
        ("None", None),
        ("a = 5", None),
        ("a = 5\na;", None),
        ("a = 5\na ; # quiet", None),
        ("", None),
        ("# nothing", None),
        ("if True:\n    5", None),
        ("'a;b' # ;", "'a;b'"),
        ("'semicolon'  # ; in a comment", "'semicolon'"),
    ],
)
def test_value(source, value):
    assert run_on_host(ask_for_value(source, NONCE)) == ("", value)


@pytest.mark.parametrize("source", ["print(1)", "await x", "def f(:", "a b", "x = 1", "\0", "5;"])
def test_code_that_is_sent_as_it_is(source):
    assert ask_for_value(source, NONCE) == source


@given(before=st.lists(st.sampled_from(["x = 1", "", "# é", "y = '''\n'''"]), max_size=4))
def test_the_expression_stays_on_its_line(before):
    source = "\n".join([*before, "undefined_name"])
    asked = ask_for_value(source, NONCE)
    with pytest.raises(NameError) as raised:
        run_on_host(asked)
    assert raised.traceback[-1].lineno + 1 == source.count("\n") + 1


def test_warnings_of_the_host_are_not_shown():
    assert run_on_host(ask_for_value(r"'\\d'", NONCE))[1] == repr(ast.literal_eval(r"'\\d'"))
    ask_for_value(r"'\d'", NONCE)


def scan(data, sizes):
    scanner = ValueScanner(NONCE)
    text = b""
    while data:
        size = max(1, sizes.pop() if sizes else len(data))
        text += scanner.feed(data[:size])
        data = data[size:]
    return text + scanner.finish(), scanner.value


@given(
    before=st.binary(max_size=40).filter(lambda b: b"\x1e" not in b),
    after=st.binary(max_size=20).filter(lambda b: b"\x1e" not in b),
    sizes=st.lists(st.integers(1, 9)),
    newline=st.sampled_from([b"\n", b"\r\n"]),
)
def test_scanner_in_any_cutting(before, after, sizes, newline):
    data = before + b"\x1ea1b2 ('v', 1,) \x1e" + newline + after
    assert scan(data, sizes) == (before + after, "'v', 1")


@pytest.mark.parametrize(
    "data", [b"\x1e", b"a\x1ea1b", b"\x1ezzzz (1,) \x1e\r\n", b"\x1ea1b2 (1, 2", b"\x1e\x1e\x1ea1"]
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_is_no_value_stays_in_the_output(data, size):
    assert scan(data, [size] * 100) == (data, None)


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1ea1b2 (17,)bg 1\r\n \x1e\r\n", b"bg 1\r\n"),
        (b"\x1ea1b2bg 1\r\n (17,) \x1e\r\n", b"bg 1\r\n"),
        (b"\x1ea1b2 (17,) \x1ebg 1\r\n\r\n", b"bg 1\r\n"),
    ],
)
def test_what_a_thread_prints_between_the_marks_stays_output(data, text, size):
    assert scan(data, [size] * 100) == (text, "17")


def test_text_without_a_mark_is_not_held_back():
    assert ValueScanner(NONCE).feed(b"progress 50 %\r") == b"progress 50 %\r"


def test_an_endless_value_becomes_text():
    scanner = ValueScanner(NONCE)
    assert scanner.feed(b"\x1ea1b2 (") == b""
    assert len(scanner.feed(b"x" * (LONGEST_VALUE + 1))) > LONGEST_VALUE
    assert scanner.feed(b"more") == b"more"
