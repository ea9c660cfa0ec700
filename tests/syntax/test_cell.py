"""What goes where: parts of a cell, their line numbers, and what a console is told."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from iot_kernel.syntax.cell import (
    BoardCode,
    CellMagic,
    HostCode,
    LineMagic,
    Target,
    is_complete,
    parse_cell,
)
from tests.each import each

OURS = frozenset({"connect", "discover"})


def board(source):
    return parse_cell(source, default=Target.BOARD, ours=OURS)


def host(source):
    return parse_cell(source, default=Target.HOST, ours=OURS)


def test_plain_code_goes_to_the_default_target_unchanged():
    source = "\n# a comment\nprint(1)\n\n"
    assert board(source) == [BoardCode(source, 1)]
    assert host(source) == [HostCode(source, 1)]


@each("source", ["", "\n", "  \n\t\n", "# only\n  # comments", "\f\n"])
def test_nothing_to_run_is_no_part(source):
    assert board(source) == []
    assert host(source) == []


def test_line_magics_cut_board_code_in_order():
    assert board("a = 5\n%softreset\nprint(1)\nprint(a)\n") == [
        BoardCode("a = 5", 1),
        LineMagic("softreset", "", 2),
        BoardCode("print(1)\nprint(a)\n", 3),
    ]


def test_code_keeps_the_number_of_its_first_line():
    parts = board("\n\na\n%x\n%y\n\n\nb\n!z\nc")
    assert parts == [
        BoardCode("\n\na", 1),
        LineMagic("x", "", 4),
        LineMagic("y", "", 5),
        BoardCode("\n\nb", 6),
        LineMagic("!", "z", 9),
        BoardCode("c", 10),
    ]


def test_comments_and_blank_lines_around_a_magic_are_nothing_to_run():
    assert board("# which board?\n\n%connect\n# done\n") == [LineMagic("connect", "", 3)]


@each(
    ("line", "name", "arguments"),
    [
        ("%connect test-esp32 ws", "connect", "test-esp32 ws"),
        ("%connect   a  b  ", "connect", "a  b"),
        ("% connect a", "connect", "a"),
        ("%time x = (1", "time", "x = (1"),
        ("%connect?", "connect?", ""),
        ("%info;", "info", ";"),
        ("%info ; # a", "info", "; # a"),
        ("%", "", ""),
        ("%%bash -x", "%bash", "-x"),
        ("!ls", "!", "ls"),
        ("!  ls 'a", "!", "ls 'a"),
        ("!!ls", "!", "ls"),
        ("! ! true", "!", "! true"),
        ("!", "!", ""),
        ("%a \\\n b \\\n c", "a", "b   c"),
        ("%a b\\\nc", "a", "b c"),
        ("! echo a\\\nb", "!", "echo ab"),
        ("! echo a\\ b", "!", "echo a\\ b"),
        ("! echo \\\\", "!", "echo \\\\"),
    ],
)
def test_line_magic(line, name, arguments):
    assert board(f"x\n{line}\n") == [BoardCode("x", 1), LineMagic(name, arguments, 2)]


def test_code_behind_a_continued_magic_knows_its_line():
    assert board("%a \\\n b\nx") == [LineMagic("a", "b", 1), BoardCode("x", 3)]


def test_magic_characters_in_strings_and_brackets_are_code():
    source = 'x = """\n%connect\n!ls\n"""\ny = (\n%x)\nz = 1 \\\n%y\n'
    assert board(source) == [BoardCode(source, 1)]
    assert host(source) == [HostCode(source, 1)]


def test_host_code_is_cut_at_our_magics_only():
    source = "%matplotlib widget\nx = 1\n%connect a\n!ls\n%timeit (\n%discover;\n# end"
    assert host(source) == [
        HostCode("%matplotlib widget\nx = 1", 1),
        LineMagic("connect", "a", 3),
        HostCode("!ls\n%timeit (", 4),
        LineMagic("discover", ";", 6),
    ]


def test_a_shell_line_cuts_host_code_where_it_is_ours():
    parts = parse_cell("!ls", default=Target.HOST, ours={"!"})
    assert parts == [LineMagic("!", "ls", 1)]


@pytest.mark.parametrize("parse", [board, host])
def test_cell_magic_takes_the_whole_cell(parse):
    source = "\n  \n%%bash -x  'a b' \nls\n%connect\n\n"
    assert parse(source) == [CellMagic("bash", "-x  'a b'", "ls\n%connect\n\n", 4, source)]


@each(
    ("source", "name", "arguments", "body", "line"),
    [
        ("%%host", "host", "", "", 2),
        ("%%host\n", "host", "", "", 2),
        ("%%host\nx", "host", "", "x", 2),
        ("%%connect --all --host\n\nx\n", "connect", "--all --host", "\nx\n", 2),
        ("%%", "", "", "", 2),
        ("%%host; # a\nx", "host", "; # a", "x", 2),
        ("%%host\\\nx", "host\\", "", "x", 2),
    ],
)
def test_cell_magic_head(source, name, arguments, body, line):
    assert board(source) == [CellMagic(name, arguments, body, line, source)]


def test_a_cell_magic_must_be_first():
    assert board("# no\n%%bash\nls") == [LineMagic("%bash", "", 2), BoardCode("ls", 3)]


def test_foreign_line_ends_are_read_as_python_reads_them():
    assert board("a\r\n%b c\r\nd\re\r\n") == [
        BoardCode("a", 1),
        LineMagic("b", "c", 2),
        BoardCode("d\ne\n", 3),
    ]
    source = "%%bash\r\nls\r\n"
    assert board(source) == [CellMagic("bash", "", "ls\n", 2, source)]


LINES = st.sampled_from(
    [
        "",
        "x = 1",
        "  y",
        "# c",
        "%connect a",
        "%b (",
        "!ls '",
        '"""',
        "(",
        ")",
        "\\",
        "%c \\",
        "%%d",
        "z \\",
        " %e",
    ]
)
CELLS = st.one_of(st.text(), st.lists(LINES, max_size=15).map("\n".join))


def dedented(lines):
    """Lines without what the first of them that is not blank begins with."""
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return [line[len(indent) :] if line.startswith(indent) else line for line in lines]


@each(
    ("source", "parts"),
    [
        ("  a = 1\n  a", [BoardCode("a = 1\na", 1)]),
        ("\n  if a:\n      b\n  c", [BoardCode("\nif a:\n    b\nc", 1)]),
        ("  a\nb\n   c", [BoardCode("a\nb\n c", 1)]),
        ("\ta\n\tb", [BoardCode("a\nb", 1)]),
        ("  %cd x\n  a", [LineMagic("cd", "x", 1), BoardCode("a", 2)]),
        ("if a:\n  b", [BoardCode("if a:\n  b", 1)]),
        ("\ufeffa", [BoardCode("a", 1)]),
        ("\ufeff%cd x", [LineMagic("cd", "x", 1)]),
    ],
)
def test_what_indents_a_whole_cell_and_a_byte_order_mark_are_left_out(source, parts):
    assert parse_cell(source, default=Target.BOARD, ours=OURS) == parts


@pytest.mark.parametrize("source", ["\ufeff%%bash\nls", "  %%bash\n  ls", "\n %%bash\n ls"])
def test_a_cell_magic_behind_them_is_one(source):
    (part,) = parse_cell(source, default=Target.BOARD, ours=OURS)
    assert (part.name, part.body, part.source) == ("bash", "ls", source)


@given(CELLS, st.sampled_from(Target))
def test_any_text_parses_and_every_part_stands_where_it_says(source, default):
    lines = dedented(source.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    expected = BoardCode if default is Target.BOARD else HostCode
    free = 1  # the first line that no part has taken yet
    for part in parse_cell(source, default=default, ours=OURS):
        if isinstance(part, CellMagic):
            assert part.body.split("\n") == (lines[part.line - 1 :] or [""])
            assert part.source == source
            continue
        assert part.line >= free
        taken = [""]
        if isinstance(part, LineMagic):
            assert lines[part.line - 1][0] == ("!" if part.name == "!" else "%")
        else:
            assert isinstance(part, expected)
            taken = part.code.split("\n")
            assert taken == lines[part.line - 1 : part.line - 1 + len(taken)]
        free = part.line + len(taken)


@given(CELLS)
def test_no_code_is_lost(source):
    lines = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    parts = parse_cell(source, default=Target.BOARD, ours=())
    if any(isinstance(part, CellMagic) for part in parts):
        return
    taken = {part.line + i for part in parts for i in range(getattr(part, "code", "").count("\n") + 1)}
    continued = {n + 1 for n in range(1, len(lines)) if lines[n - 1].endswith("\\")}
    left = set(range(1, len(lines) + 1)) - taken - continued
    assert all(not lines[n - 1].strip() or lines[n - 1].lstrip().startswith("#") for n in left)


def test_a_cell_of_a_megabyte_is_parsed_in_about_the_time_the_compiler_needs():
    source = 'print("value %d" % (a, b[1]), f"{a!r:>{w}} {b}")  # c\n' * 20_000
    started = time.perf_counter()
    parts = board(f"{source}%softreset\n{source[:1000]}")
    parsing = time.perf_counter() - started
    started = time.perf_counter()
    compile(source, "cell", "exec")
    assert [type(part) for part in parts] == [BoardCode, LineMagic, BoardCode]
    assert parsing < time.perf_counter() - started


COMPLETE = [
    "",
    "\n",
    "# comment",
    "x = 1",
    "for i in range(3):\n    print(i)\n",
    "if x:\n    pass\n\n",
    "x = (1,\n  2)",
    "%connect a",
    "%connect (",
    "! echo '",
    "x = 1\n%softreset\ny",
    "await led()",
    "%%host -h",
    "%%bash --help",
    "%%host\nprint(1)\n",
    "%%host\nprint(1)\n   ",
    "%%host\n\n",
    '"""a"""',
    "  x = 1\n  y = 2",
    "  for i in x:\n    y\n\n",
    "x = await y",
    "x = (await y)\n",
    "async with a as b:\n    await c\n\n",
    "async for i in x: await i\n",
    "[await i async for i in x]",
    "async def f():\n    await x\n\n",
    "_ + __ + _3",
]
INCOMPLETE = [
    ("for i in range(3):", "    "),
    ("for i in range(3):  # three", "    "),
    ("for i in range(3):\n    print(i)", "    "),
    ("for i in range(3):\n    if i:", "        "),
    ("@decorated", ""),
    ("x = '''", ""),
    ("x = (", ""),
    ("x = [\n  1,", "  "),
    ("x = 1 + \\", ""),
    ("%connect \\", ""),
    ("! ls \\\n", ""),
    ("%%host", ""),
    ("%%host\n", ""),
    ("%%host\nfor i in x:", "    "),
    ("%%host\nfor i in x:\n    i", "    "),
    ("%%bash -x", ""),
    ("for i in range(3):\n", "    "),
    ("try:\n  a\n", "  "),
    ("if x:\n    a\n# more", ""),
    ("if x:\n    a\n    # more", "    "),
    ("x = await (", ""),
    ("async with a as b:", "    "),
    ("async for i in x:\n    await i", "    "),
    ("[await x async for", ""),
    ("  for i in x:", "    "),
    ("%%setup\nimport machine", ""),
]


@each("default", Target)
@each("source", COMPLETE)
def test_complete(source, default):
    assert is_complete(source, default=default) == ("complete", "")


@each("default", Target)
@each(("source", "indent"), INCOMPLETE)
def test_incomplete(source, indent, default):
    assert is_complete(source, default=default) == ("incomplete", indent)


@each("source", ["x = = 1", "print('abc", "  x\n y", "1x", "x = \0"])
def test_what_no_python_accepts_is_invalid_for_the_board_and_unknown_for_the_host(source):
    assert is_complete(source, default=Target.BOARD) == ("invalid", "")
    assert is_complete(source, default=Target.HOST) == ("unknown", "")


@each("source", ["name?", "name??", "a.b?", " machine.Pin ? ", "?name", "?? a.b", "?%cp"])
def test_a_question_about_a_name_is_complete(source):
    assert is_complete(source, default=Target.BOARD) == ("complete", "")


@each(
    ("source", "expected"),
    [
        ("?name", [BoardCode("name?", 1)]),
        ("\n ?? a.b \n", [BoardCode("\na.b??", 1)]),
        ("?%cp", [LineMagic("cp?", "", 1)]),
        ("??%cp", [LineMagic("cp??", "", 1)]),
        ("?1", [BoardCode("?1", 1)]),
        ("x = 1\n?x", [BoardCode("x = 1\n?x", 1)]),
    ],
)
def test_a_question_may_begin_with_its_mark(source, expected):
    assert parse_cell(source, default=Target.BOARD, ours=()) == expected


def test_a_question_about_a_cell_magic_may_begin_with_its_mark():
    (magic,) = parse_cell("?%%connect", default=Target.BOARD, ours=())
    assert magic.name == "connect?"
    assert parse_cell("?x", default=Target.HOST, ours=()) == [HostCode("?x", 1)]


def test_the_host_and_ipython_say_the_same():
    """Of plain code and of what is awaited; about magics and questions IPython cannot decide for us."""
    manager = TransformerManager()
    ours, theirs = {}, {}
    for source in [*COMPLETE, *(source for source, _ in INCOMPLETE), "x = = 1", "1x", "await"]:
        if not source.lstrip().startswith(("%", "!")):
            status, indent = manager.check_complete(source)
            theirs[source] = (status, " " * (indent or 0))
            ours[source] = is_complete(source, default=Target.BOARD)
    assert ours == theirs


def test_syntax_of_ipython_is_unknown():
    assert is_complete("x = !ls", default=Target.HOST) == ("unknown", "")
    assert is_complete("print?", default=Target.HOST) == ("unknown", "")


def test_code_too_deep_for_the_parser_is_unknown():
    assert is_complete("x = " + "(" * 500 + ")" * 500, default=Target.BOARD)[0] in {"unknown", "invalid"}


@given(CELLS, st.sampled_from(Target))
def test_any_text_gets_an_answer(source, default):
    status, indent = is_complete(source, default=default)
    assert status in {"complete", "incomplete", "invalid", "unknown"}
    assert not indent.strip()
    assert not indent or status == "incomplete"
