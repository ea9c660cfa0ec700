"""Where a program would notice that the board is no microcontroller."""

import pytest

pytestmark = pytest.mark.board


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("print('a\\nb')", b"a\r\nb\r\n"),
        ("print('a', 1, sep='-', end='\\n\\n')", b"a-1\r\n\r\n"),
        ("import sys\nprint('a', file=sys.stdout)", b"a\r\n"),
        ("import sys\n_ = sys.stdout.write('a\\nb\\n')", b"a\r\nb\r\n"),
        ("import sys\n_ = sys.stdout.buffer.write(b'a\\nb\\xff\\x04')", b"a\nb\xff\x04"),
        ("import sys\nprint('a', file=sys.stderr)", b"a\r\n"),
        ("import json, sys\njson.dump([1, 'x'], sys.stdout)", b'[1, "x"]'),
        (
            "from io import StringIO\ns = StringIO()\nprint('a', file=s)\nprint(repr(s.getvalue()))",
            b"'a\\n'\r\n",
        ),
        ("print()", b"\r\n"),
        ("import sys\ntry: 1/0\nexcept Exception as e: sys.print_exception(e)", None),
        ("from micropython import const\nX = const(3)\nprint(X)", b"3\r\n"),
        ("import sys\nprint(sys.platform, sys.implementation.name)", None),
    ],
)
def test_output(raw, code, output):
    raw.say(code.encode() + b"\x04")
    raw.expect(b"OK")
    heard = raw.hear(b"\x04\x04>")[:-3]
    if output is None:
        assert heard.endswith(b"\r\n")
        assert heard.count(b"\n") == heard.count(b"\r\n")
    else:
        assert heard == output


def test_print_is_one_write(raw):
    """Other threads' output stands between lines, not inside them."""
    raw.run(
        "import _thread\ndone = False\ndef tell():\n global done\n"
        " for i in range(2000): print('a', 'b', 'c', i)\n done = True\n_thread.start_new_thread(tell, ())"
    )
    raw.say(b"for i in range(2000): print('x', 'y', 'z', i)\nwhile not done: pass\nprint('end')\x04")
    lines = raw.hear(b"end\r\n").split(b"\r\n")[:-2]
    whole = [
        line
        for line in lines
        if line.replace(b"OK", b"").replace(b"\x04\x04>", b"")[:5] in (b"a b c", b"x y z")
    ]
    assert whole == lines


def test_megabytes_of_output(raw):
    raw.say(b"import sys\nb = bytes(range(256)) * 40\nfor _ in range(1000): sys.stdout.buffer.write(b)\x04")
    raw.expect(b"OK")
    raw.expect(bytes(range(256)) * 40_000)
    raw.expect(b"\x04\x04>")


def test_input(raw):
    raw.say(b"name = input('who? ')\nprint('hello', name)\x04")
    raw.expect(b"OKwho? ")
    raw.say(b"me\r")
    raw.expect(b"me\r\nhello me\r\n\x04\x04>")


def test_a_module_object_can_be_put_in_place_of_a_module(raw):
    assert raw.run("import sys\nsys.modules['mine'] = 5\nimport mine\nprint(mine)") == b"5\r\n"
