"""Line editing, as the screen of a terminal shows it."""

import pytest

pytestmark = pytest.mark.board

HOME, END, DELETE, LEFT, RIGHT, UP, DOWN = (
    b"\x1b[H",
    b"\x1b[F",
    b"\x1b[3~",
    b"\x1b[D",
    b"\x1b[C",
    b"\x1b[A",
    b"\x1b[B",
)


@pytest.fixture
def prompt(dialogue):
    dialogue.hear(b">>> ")
    return dialogue


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (b"'abc'" + LEFT + b"d", "'abcd'"),
        (b"'abc'" + LEFT * 2 + b"\x7f", "'ac'"),
        (b"abc'" + HOME + b"'", "'abc'"),
        (b"'abc" + HOME + RIGHT + END + b"'", "'abc'"),
        (b"'xabc'" + HOME + RIGHT + DELETE, "'abc'"),
        (b"'abc'\x01\x06\x04\x05\x02d", "'bcd'"),
        (b"'abc'xyz" + LEFT * 3 + b"\x0b", "'abc'"),
        (b"xyz\x15'abc'", "'abc'"),
        ("print('grün')".encode(), "grün"),
        (b"\x1b[Z'abc'", "'abc'"),
    ],
)
def test_editing(prompt, keys, line):
    prompt.say(keys + b"\r")
    prompt.hear(b"\r\n")
    assert prompt.hear(b">>> ").decode() == f"{line}\r\n>>> "


def test_screen(prompt):
    prompt.say(b"ac" + LEFT)
    prompt.expect(b"ac\b")
    prompt.say(b"b")
    prompt.expect(b"bc\b")
    prompt.say(b"\x7f")
    prompt.expect(b"\b\x1b[Kc\b")


def test_history(prompt):
    prompt.ask(b"'one'\r", b">>> ")
    prompt.ask(b"'two'\r", b">>> ")
    prompt.say(UP + UP + b"\r")
    assert prompt.hear(b">>> ").endswith(b"\r\n'one'\r\n>>> ")
    prompt.say(UP + UP + UP + DOWN + b"\r")
    assert prompt.hear(b">>> ").endswith(b"\r\n'two'\r\n>>> ")


def test_a_tab_is_four_blanks(prompt):
    prompt.ask(b"if 1:\r", b"... ")
    prompt.say(b"\tprint(5)\r")
    prompt.expect(b"    print(5)\r\n... ")


def test_cr_lf_is_one_enter(prompt):
    prompt.say(b"1\r\n2\r\n")
    prompt.expect(b"1\r\n1\r\n>>> 2\r\n2\r\n>>> ")


@pytest.mark.parametrize(
    ("line", "more"),
    [
        (b"x = 1", False),
        (b"x = (1,", True),
        (b"x = '('", False),
        (b"x = [{", True),
        (b"x = '''a", True),
        (b"x = '''a'''", False),
        (b'x = """ \'\'\' """', False),
        (b"x = 'it\\'s ('", False),
        (b"x = 1 + \\", True),
        (b"iffy = 1", False),
        (b"if_ = 1", False),
        (b"while 0: pass", True),
        (b"@staticmethod", True),
        (b"async def f():", True),
        (b"x = 'open", False),
    ],
)
def test_when_a_statement_goes_on(prompt, line, more):
    prompt.say(line + b"\r")
    prompt.expect(line + b"\r\n")
    assert prompt.hear(b" ").endswith(b"... " if more else b" ")
    assert more or b"..." not in line
