"""Where a program would notice that the board is no microcontroller."""

import pytest

from iot_kernel.errors import DeviceError
from tests.opened import opened
from tests.real_boards import kinds

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


HEADING = 'Traceback (most recent call last):\n  File "<stdin>", line 3, in <module>\n'
LOCKED = "import micropython, sys\n{before}\nmicropython.heap_lock()\n{code}\nmicropython.heap_unlock();"


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("print(1)", "1\n"),
        ("print('a', 2, sep='-', end='!\\n')", "a-2!\n"),
        ("print('a', file=sys.stdout)", "a\n"),
        ("sys.stdout.write('a\\n')", "a\n"),
        ("sys.stdout.buffer.write(b'a\\n')", "a\n"),
        (
            "sys.print_exception(error)",
            HEADING + "ZeroDivisionError: divide by zero\n",
        ),
        ("with sys.stdout: print(1)", "1\n"),
    ],
)
def test_output_takes_no_memory(cell, code, output):
    before = "try:\n 1/0\nexcept Exception as e:\n error = e"
    assert cell(LOCKED.format(before=before, code=code)) == (output, None)


def test_what_is_printed_may_be_larger_than_the_memory_that_is_left(tmp_path):
    with kinds.unix(tmp_path / "board", heap="256K") as board, opened(board) as device:
        output: list[str] = []
        device.run_cell("print(bytearray(60000))", output.append)
    assert "".join(output) == "bytearray(b'" + "\\x00" * 60000 + "')\n"


class TestPrint:
    def test_shows_what_came_before_an_error(self, device):
        output: list[str] = []
        code = "class B:\n def __repr__(self): raise ValueError('x')\nprint('a', B())"
        with pytest.raises(DeviceError, match="ValueError: x"):
            device.run_cell(code, output.append)
        assert "".join(output) == "a "

    def test_keeps_the_order_of_what_a_repr_prints(self, cell):
        code = "class B:\n def __repr__(self):\n  print('inner')\n  return 'b'\nprint('a', B())"
        assert cell(code) == ("a inner\nb\n", None)


@pytest.mark.parametrize(
    ("code", "output", "value"),
    [
        ("sys.stdout.write('a\u00e9\\n')", "a\u00e9\n", "4"),
        ("sys.stdout.write('abcdef', 3)", "abc", "3"),
        ("sys.stdout.write(b'\\xff\\n')", "\\xff\n", "2"),
        ("with sys.stdout as out:\n out.write('a')\nprint('b')", "ab\n", None),
        ("sys.stdout.close()\nprint('a')", "a\n", None),
        ("sys.stdin.close()\nsys.stderr.buffer.close()\nprint('a', file=sys.stderr)", "a\n", None),
        ("sys.stdout, sys.stdout.buffer", "", "(<io.TextIOWrapper 1>, <io.FileIO 1>)"),
        ("sys.stdout.buffer.write(b'abcdef', 3), sys.stdout.buffer.write(b'abcdef', 4, 1)", "abce", "(3, 1)"),
        ("sys.stdout.buffer.write('a\u00e9')", "a\u00e9", "3"),
        ("sys.stdout.buffer.write(memoryview(b'abc'))", "abc", "3"),
        ("import array\nsys.stdout.buffer.write(array.array('H', [0x6161, 0x6262]))", "aabb", "4"),
        ("import select\np = select.poll()\np.register(sys.stdout, select.POLLOUT)\nlen(p.poll(0))", "", "1"),
        ("import usys\nusys.stdout.buffer.write(b'a')", "a", "1"),
    ],
)
def test_standard_streams_are_those_of_boards(cell, code, output, value):
    assert cell("import sys\n" + code) == (output, value)


def test_firmware_shows_in_no_traceback(cell):
    code = (
        "import io, os, sys\ntry:\n os.stat('missing')\nexcept OSError as e:\n error = e\n"
        "out = io.StringIO()\nsys.print_exception(error, out)\n"
        "sys.print_exception(error)\nprint(out.getvalue())"
    )
    shown = HEADING + "OSError: [Errno 2] ENOENT\n"
    assert cell(code) == (shown + shown + "\n", None)


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
    raw.say(b"input()\x04")
    raw.expect(b"OK")
    raw.say(b"\x04")
    assert b"EOFError" in raw.hear(b"\x04>")


def test_a_module_object_can_be_put_in_place_of_a_module(raw):
    assert raw.run("import sys\nsys.modules['mine'] = 5\nimport mine\nprint(mine)") == b"5\r\n"
