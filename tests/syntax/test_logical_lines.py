"""Where magic lines are; Python's own tokenizer has a say too."""

import argparse
import ast
import inspect
import io
import pathlib
import string
import textwrap
import tokenize

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.syntax.logical_lines import last_line, magic_lines
from tests.each import each

# Each entry is one whole logical line whose later physical lines look like magics.
ONE_LOGICAL_LINE = [
    'x = """\n%connect\n!ls\n"""',
    "x = '''\n%connect\n'''",
    "x = r'''\n\\\n%connect\n'''",
    "x = b'''\n%connect\n'''",
    "x = rb'''\n%connect\\'''\n%connect'''",
    "x = '''\\'''\n%connect'''",
    "x = '''''\n%a''\n%b'''",
    "x = 'a\\\n%connect'",
    'x = "a\\\n!ls"',
    "x = (1\n%connect\n)",
    "x = [1\n%connect\n]",
    "x = {1:\n!ls\n}",
    "x = (  # )\n%connect\n)",
    "x = (')'\n%connect\n)",
    "x = 7 \\\n%connect",
    "x = 7 \\\n\\\n%connect",
    "f'''{\n%name\n}'''",
    "f'{\n%name\n}'",
    "f'{(\n%name)}'",
    "f'{x:{\n%name\n}}'",
    "F'''{{\n%name\n'''",
    "fr'''\\{\n%name\n}'''",
    "Rf'''{x!r:>{w}}\n%name'''",
    "f'''\\N{DASH}{\n%name\n}'''",
    "f'''{x:\n%name}'''",
    "f'''{ '''\n%name''' }'''",
]

# Each entry is a whole logical line that could mislead a reader of the next one.
CLOSED = [
    "x = 1",
    "# (",
    "x = 1  # it's",
    "x = '#('",
    'x = "\'("',
    "x = '\\''",
    "x = '\\\\'",
    "x = r'\\'('",
    "x = ''",
    'x = """a"b""c"""',
    "x = ''''a'''",
    "x = [')']",
    ")",
    "]})",
    "x = f'{a}('",
    "x = f'{{('",
    "x = f'{a[\"(\"]}'",
    'x = f"{a["("]}"',
    'x = f"{a["{"]}"',
    "x = f'{a:(}'",
    "x = f'{a:{b}(}'",
    "x = f'{ {1: 2}[1] }'",
    "x = f'\\N{LEFT PARENTHESIS}'",
    "x = f'\\{a}'",
    "x = rf'\\{a}'",
    "x = f'{a!r:\\n}'",
    "x = t'{a}('",
    "x = 1 if'a{'else 2",
    "x = elf'{('",
    "print('left open",
    'f"{a} left open',
    'f"{a:>(',
    "x = 'a' \\",
    "é = 'ß'",
]


@each("line", ONE_LOGICAL_LINE)
def test_a_magic_line_inside_a_logical_line_is_code(line):
    assert list(magic_lines(f"{line}\n")) == []
    text = f"{line}\n%info\n"
    assert list(magic_lines(text)) == [(len(line) + 1, len(text))]


@each("line", [line for line in CLOSED if not line.endswith("\\")])
def test_a_magic_line_behind_a_logical_line_is_a_magic(line):
    text = f"{line}\n%info\n!ls\n"
    middle = len(line) + len("\n%info\n")
    assert list(magic_lines(text)) == [(len(line) + 1, middle), (middle, len(text))]


@each("text", [" %info", "x %info", "\t!ls", "x = !ls", "(%info)"])
def test_only_column_0_counts(text):
    assert list(magic_lines(text)) == []


@each(
    ("text", "ends"),
    [
        ("%info (\n%uid", [6 + 2, 12]),
        ("! echo '\n! echo \"\n", [9, 18]),
        ("%a \\\n %b\n%c", [9, 11]),
        ("%a \\\\\n%b", [6, 8]),
        ("%a \\\\\\\n%b", [9]),
        ("%a \\", [4]),
        ("%a \\\n", [5]),
        ("%a # (\n%b", [7, 9]),
    ],
)
def test_a_magic_line_ends_at_its_newline_unless_a_backslash_continues_it(text, ends):
    assert [end for _, end in magic_lines(text)] == ends


@each("text", ["(", "x = '''", 'f"{', "f'''{x:", "x = 1 + \\", "x = 1 + \\\n", "%a \\", "%a\n["])
def test_text_that_ends_inside_something_is_open(text):
    assert last_line(text)[1]


@each("text", ["", "x", "x\n", "# (", "# \\", "'(", "%a (", "!a '\n", "(\n)", "%a\\\n\n", ")"])
def test_text_that_ends_outside_everything_is_not_open(text):
    assert not last_line(text)[1]


@each(
    ("text", "start"),
    [("", 0), ("a\nb", 2), ("a\nb\n", 2), ("a\n(b\n)", 2), ("a\n%b\n", 2), ("%a\n  b", 3), ("a\n%b\\\nc", 2)],
)
def test_where_the_last_logical_line_starts(text, start):
    assert last_line(text)[0] == start


PIECES = st.sampled_from(
    [
        *"abfr01'\"()[]{}:,#\\=!% \n",
        "'''",
        '"""',
        "\n%m ",
        "\n!s ",
        "f'",
        'rb"',
        "{{",
        "}}",
        "\\\n",
        "\\N{",
        " f'''",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


@given(TEXTS)
def test_magic_lines_of_any_text_are_whole_lines_in_order(text):
    end = 0
    for start, stop in magic_lines(text):
        assert start >= end
        assert start == 0 or text[start - 1] == "\n"
        assert text[start] in "%!"
        assert stop == len(text) or text[stop - 1] == "\n"
        end = stop
    assert 0 <= last_line(text)[0] <= len(text)


@given(st.lists(st.sampled_from([*ONE_LOGICAL_LINE, *CLOSED[:-3]]), max_size=8))
def test_whole_logical_lines_leave_nothing_behind(lines):
    code = "".join(f"{line}\n" for line in lines if not line.endswith("left open"))
    assert list(magic_lines(f"{code}%info")) == [(len(code), len(code) + 5)]


def _statement_starts(code):
    """The numbers of the lines before which Python's own tokenizer is between two logical lines."""
    starts, depth = {1}, 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type == tokenize.NEWLINE or (token.type == tokenize.NL and depth == 0):
            starts.add(token.start[0] + 1)
    return starts


@each("module", [argparse, ast, inspect, string, textwrap, tokenize])
def test_agrees_with_the_tokenizer_about_real_modules(module):
    lines = pathlib.Path(module.__file__).read_text().splitlines(keepends=True)
    expected = _statement_starts("".join(lines))
    text, offsets = "", {}
    for number, (before, line) in enumerate(zip(["", *lines], lines, strict=False), start=1):
        if not before.endswith("\\\n"):
            offsets[len(text)] = number
            text += "%\n"
        text += line
    found = {offsets[start] for start, _ in magic_lines(text)}
    assert found == expected & set(offsets.values())
