"""The last expression of a cell: asked for on its own line, found in any cutting of the output."""

import ast
import builtins
import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.device.last_expression import LONGEST_SOURCE, LONGEST_VALUE, ValueScanner, mark_end
from iot_kernel.protocol.end_mark import EndMark, rich_mark, value_mark
from iot_kernel.snippets import snippet

MARK = "a1b2c3d4"
END = EndMark(MARK).end


def run_on_host(source):
    """CPython is the board here: the marked code must run in any Python. Returns output and value."""
    printed = io.StringIO()
    names = {"__builtins__": builtins}
    exec(snippet("leave_mark").replace("MARK", MARK).replace("HEAD", MARK[0]), names)
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "<stdin>", "exec"), names)
    data = printed.getvalue().encode()
    assert data.endswith(END)
    scanner = ValueScanner(value_mark(MARK), rich_mark(MARK))
    text = scanner.feed(data.removesuffix(END))
    rest, value = scanner.finish(has_raised=False)
    return (text + rest).decode(), value


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
    assert run_on_host(mark_end(source).code) == ("", value)


@pytest.mark.parametrize(
    "source", ["def f(:", "a b", "\0", "'''", "(1,", "x = 1 \\", "x" * (LONGEST_SOURCE + 1)], ids=range(7)
)
def test_code_that_cannot_be_parsed_is_not_marked(source):
    assert mark_end(source) is None


@pytest.mark.parametrize("source", ["x = 1", "yield 5", "5;", "5  ; # quiet", "if 1:\n    5", "# nothing"])
def test_code_without_a_value_is_marked_on_a_line_of_its_own(source):
    assert mark_end(source).code == f"{source}\n__iot__()"
    assert mark_end(f"{source}\n").code == f"{source}\n__iot__()"


@pytest.mark.parametrize(
    ("source", "code", "ending"),
    [
        ("await x", "__iot__((__iot_a__( x)))", "__iot__((__iot_a__( x)))"),
        ("await x;", "__iot_a__( x);\n__iot__()", "__iot__()"),
        ("y = 1\nf(await x)", "y = 1\n__iot__((f(__iot_a__( x))))", "\n__iot__((f(__iot_a__( x))))"),
        ("async with x: y", "with __iot_a__((x),2): y\n__iot__()", "__iot__()"),
    ],
)
def test_code_that_awaits(source, code, ending):
    marked = mark_end(source)
    assert (marked.code, marked.ending, marked.awaits) == (code, ending, True)


@pytest.mark.parametrize("source", ["async def f():\n    await x", "awaited = 1", "'await'"])
def test_code_that_awaits_in_functions_alone_stays_as_it_is(source):
    assert not mark_end(source).awaits


@pytest.mark.parametrize("source", ["x = 1", "5", "print(1)", "x = 1\n"])
def test_what_a_cell_costs_more(source):
    assert len(mark_end(source).code) - len(source) <= 11
    assert len(mark_end("x = 1").code) - len("x = 1") + len(END) <= 12


def test_what_a_program_prints_is_its_output():
    assert run_on_host(mark_end("print('a')\nprint('b')").code) == ("a\nb\n", None)


@pytest.mark.parametrize(("source", "ending"), [("x\n5", "\n__iot__((5))"), ("x = 1", "__iot__()")])
def test_the_ending_is_the_last_statement_on_its_line(source, ending):
    assert mark_end(source).ending == ending


@given(before=st.lists(st.sampled_from(["x = 1", "", "# é", "y = '''\n'''"]), max_size=4))
def test_the_expression_stays_on_its_line(before):
    source = "\n".join([*before, "undefined_name"])
    with pytest.raises(NameError) as raised:
        run_on_host(mark_end(source).code)
    assert raised.traceback[-1].lineno + 1 == source.count("\n") + 1


def test_warnings_of_the_host_are_not_shown():
    assert run_on_host(mark_end(r"'\\d'").code)[1] == repr(ast.literal_eval(r"'\\d'"))
    mark_end(r"'\d'")


VALUE = b"\x1fa"
RICH = b"\x1da"


def scan(data, sizes, *, has_raised=False):
    scanner = ValueScanner(VALUE, RICH)
    text = b""
    while data:
        size = max(1, sizes.pop() if sizes else len(data))
        text += scanner.feed(data[:size])
        data = data[size:]
    rest, value = scanner.finish(has_raised=has_raised)
    return text + rest, value


@given(
    before=st.binary(max_size=40).filter(lambda b: b"\x1f" not in b),
    sizes=st.lists(st.integers(1, 9)),
)
def test_scanner_in_any_cutting(before, sizes):
    assert scan(before + VALUE + b" ('v', 1,)", sizes) == (before, "'v', 1")


@pytest.mark.parametrize("data", [b"\x1f", b"a\x1fb", b"\x1e7 (1,)", b"\x1f\x1f"])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_is_no_value_stays_in_the_output(data, size):
    assert scan(data, [size] * 100) == (data, None)


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (VALUE + b" (17,)bg 1\r\n", b"bg 1\r\n"),
        (VALUE + b"bg 1\r\n (17,)", b"bg 1\r\n"),
        (b"bg 1\r\n" + VALUE + b" (17,)", b"bg 1\r\n"),
        (VALUE + b" (17,bg 1\r\n)", b"bg 1\r\n"),
    ],
)
def test_what_a_thread_prints_around_the_value_stays_output(data, text, size):
    assert scan(data, [size] * 100) == (text, "17")


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (VALUE + b" (17,)" + RICH, b""),
        (b"before" + VALUE + b" (17,)" + RICH + b"bg 1\r\n", b"beforebg 1\r\n"),
        (VALUE + b"bg 1\r\n (17,)" + RICH, b"bg 1\r\n"),
    ],
)
def test_a_value_that_has_more_to_show(data, text, size):
    scanner = ValueScanner(VALUE, RICH)
    shown = b"".join(scanner.feed(data[start : start + size]) for start in range(0, len(data), size))
    rest, value = scanner.finish(has_raised=False)
    assert (shown + rest, value, scanner.is_rich) == (text, "17", True)


@pytest.mark.parametrize("length", [5, LONGEST_VALUE + 5])
def test_of_a_value_that_does_not_count_the_second_mark_is_not_shown(length):
    scanner = ValueScanner(VALUE, RICH)
    shown = scanner.feed(VALUE + b" (" + b"x" * length + b",)" + RICH)
    rest, value = scanner.finish(has_raised=length == 5)
    assert (shown + rest, value, scanner.is_rich) == (b"x" * length, None, False)


def test_text_without_a_mark_is_not_held_back():
    assert ValueScanner(VALUE, RICH).feed(b"progress 50 %\r") == b"progress 50 %\r"


@pytest.mark.parametrize("size", [1, 100])
@pytest.mark.parametrize(
    ("data", "text"), [(b"a" + VALUE + b" (", b"a"), (VALUE + b" ([1, 2", b"[1, 2"), (VALUE, b"")]
)
def test_of_a_value_that_was_broken_off_no_mark_is_shown(data, text, size):
    assert scan(data, [size] * 100, has_raised=True) == (text, None)
    assert scan(data, [size] * 100) == (text, None)


def test_a_repr_of_several_lines_has_the_line_ends_of_text():
    assert scan(VALUE + b" (one\r\ntwo,)", []) == (b"", "one\ntwo")


@pytest.mark.parametrize("size", [1000, LONGEST_VALUE])
def test_an_endless_value_becomes_text(size):
    long = b"x" * (LONGEST_VALUE + 1000)
    assert scan(VALUE + b" (" + long + b",)", [size] * 10_000) == (long, None)


def test_what_is_too_long_is_not_kept():
    scanner = ValueScanner(VALUE, RICH)
    assert scanner.feed(VALUE + b" (") == b""
    assert len(scanner.feed(b"x" * (LONGEST_VALUE + 1))) > LONGEST_VALUE - 10
    assert scanner.feed(b"more") == b"xxxx"
    assert scanner.feed(b"more") == b"more"


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_the_last_mark_counts(size):
    """Parts of frames and of text between them may look like one."""
    mark = value_mark(MARK)
    data = mark + b"(2, x" + mark + b" (no value" + mark + b" (299,)"
    scanner = ValueScanner(mark, RICH)
    text = b"".join(scanner.feed(data[start : start + size]) for start in range(0, len(data), size))
    rest, value = scanner.finish(has_raised=False)
    assert value == "299"
    assert text + rest == mark + b"(2, x" + mark + b" (no value"
