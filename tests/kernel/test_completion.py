"""What is being typed in a cell, and the replies about it."""

import pytest

from iot_kernel.kernel.completion import (
    Completions,
    board_code,
    is_for_host,
    magic_of,
    merged,
    names_of_magics,
    needs_subkernel,
    reply,
    typed_magic,
)
from iot_kernel.magics import build_registry
from iot_kernel.syntax.cell import Target
from tests.each import each


@pytest.fixture(scope="module")
def magics():
    return build_registry()


def names(code, magics):
    """The names of magics at the end of a text, and where they begin."""
    typed = typed_magic(code, len(code))
    found = None if typed is None else names_of_magics(typed, len(code), magics)
    return None if found is None else (found.start, found.names)


@each(
    ("code", "start", "some"),
    [
        ("%conn", 0, ["%connect"]),
        ("x = 1\n%disco", 6, ["%disconnect", "%discover"]),
        ("%%conn", 0, ["%%connect"]),
        ("\n%%uc", 1, ["%%ucore"]),
        ("%%connect a\n%soft", 12, ["%softreset"]),
        ("%%ucore\n%soft", 8, ["%softreset"]),
        ("  %conn", 2, ["%connect"]),
        ("%", 0, ["%cd", "%%host"]),
    ],
)
def test_names_of_magics(magics, code, start, some):
    found = names(code, magics)
    assert found is not None
    assert found[0] == start
    assert set(some) <= set(found[1])
    assert all(name.startswith(code[start:]) for name in found[1])


def test_cell_magics_are_offered_in_the_first_line_only(magics):
    assert "%%host" in names("%", magics)[1]
    assert "%%host" not in names("x\n%", magics)[1]
    assert "%%host" not in names("%%connect a\n%", magics)[1]


@each("code", ["", "conn", "x %conn", "x\n  %conn", "%connect si", "x = 5 %", "'''\n%conn", "%%bash\n%conn"])
def test_no_names_where_no_magic_is_typed(magics, code):
    assert names(code, magics) is None


def test_only_what_stands_before_the_cursor_counts(magics):
    found = names_of_magics(typed_magic("%connect", 5), 5, magics)
    assert (found.start, found.names, found.kinds) == (0, ["%connect"], {"%connect": "magic"})


@each(
    ("code", "target", "title"),
    [
        ("%connect sim://|", Target.BOARD, "%connect"),
        ("|%connect", Target.BOARD, None),
        ("%|connect", Target.BOARD, "%connect"),
        ("x\n%na|me\ny", Target.BOARD, "%name"),
        ("%%conn|ect a b", Target.BOARD, "%%connect"),
        ("%%connect a |b\nx", Target.HOST, "%%connect"),
        ("%%connect a\n%cat x|", Target.HOST, "%cat"),
        ("!l|s", Target.BOARD, "!"),
        ("!l|s", Target.HOST, None),
        ("%cat x|", Target.BOARD, "%cat"),
        ("%cat x|", Target.HOST, None),
        ("%cp x|", Target.HOST, "%cp"),
        ("%cp x \\\n y|", Target.BOARD, "%cp"),
        ("%%host\n%cp x|", Target.BOARD, None),
        ("%%bash\n%cp x|", Target.BOARD, None),
        ("x\n%%connect a|", Target.BOARD, None),
        ("x|", Target.BOARD, None),
        ("%matplotlib x|", Target.BOARD, None),
        ("%connect\nx|", Target.BOARD, None),
        ("'''\n%connect|\n'''", Target.BOARD, None),
    ],
)
def test_whose_line_it_is(magics, code, target, title):
    before, _, behind = code.partition("|")
    typed = typed_magic(before + behind, len(before))
    magic = None if typed is None else magic_of(typed, target, magics)
    assert (None if magic is None else magic.title) == title


@pytest.mark.parametrize(
    ("code", "target", "expected"),
    [
        ("import os", Target.BOARD, False),
        ("import os", Target.HOST, True),
        ("", Target.HOST, True),
        ("%%host\nimport os", Target.BOARD, True),
        ("%%ucore\nimport os", Target.HOST, False),
        ("%%bash\nls", Target.HOST, False),
        ("%%latex\nx", Target.BOARD, True),
        ("%%timeit\nx", Target.BOARD, False),
        ("%%timeit\nx", Target.HOST, True),
    ],
)
def test_who_knows_best(magics, code, target, expected):
    assert is_for_host(code, target, magics) is expected


@each(
    ("code", "target", "expected"),
    [
        ("%connect |", Target.HOST, False),
        ("%cat |", Target.HOST, True),
        ("os.|", Target.HOST, True),
        ("os.|", Target.BOARD, False),
        ("%%host\nx|", Target.BOARD, True),
    ],
)
def test_who_has_to_be_asked(magics, code, target, expected):
    assert needs_subkernel(code.replace("|", ""), code.index("|"), target, magics) is expected


def test_without_a_cursor_the_whole_cell_counts(magics):
    assert needs_subkernel("%connect ", None, Target.HOST, magics)


def test_code_for_boards(magics):
    assert board_code("x\n%cp a \\\n b\ny", Target.BOARD, magics) == "x\n       \n  \ny"
    assert board_code("%%connect a\nx", Target.HOST, magics) == "           \nx"
    assert board_code("%%bash\nx", Target.BOARD, magics) is None
    assert board_code("x", Target.HOST, magics) is None


def test_the_reply():
    content = reply(Completions(2, ["blink", "blue"], {"blink": "function"}), 4)
    assert (content["matches"], content["cursor_start"], content["cursor_end"]) == (["blink", "blue"], 2, 4)
    kinds = content["metadata"]["_jupyter_types_experimental"]
    assert kinds == [
        {"text": "blink", "type": "function", "start": 2, "end": 4},
        {"text": "blue", "type": "", "start": 2, "end": 4},
    ]
    assert reply(Completions(4), 4)["metadata"] == {}


@each(
    ("code", "target", "expected"),
    [
        ("%%time\nx.y", Target.BOARD, "\nx.y"),
        ("%%time\nx.y", Target.HOST, None),
        ("%%profile sensor\nx.y", Target.HOST, "\nx.y"),
        ("%%bash\nx.y", Target.BOARD, None),
        ("a\n%time x.y\n%ls x", Target.BOARD, "a\nx.y\n"),
        ("%timeit -n 10 -q -r3 x.y", Target.BOARD, "x.y"),
        ("%timeit -n 10", Target.BOARD, "-n 10"),
        ("%timed x.y", Target.BOARD, ""),
    ],
)
def test_code_of_magics_for_boards(magics, code, target, expected):
    found = board_code(code, target, magics)
    assert (found and "\n".join(line.strip() for line in found.split("\n"))) == expected
    assert found is None or len(found) == len(code)


def test_merging():
    ours = reply(Completions(2, ["%cd", "%connect"], {"%cd": "magic"}), 4)
    kinds = [{"text": text, "type": "theirs", "start": 2, "end": 4} for text in ("%cd", "%conda")]
    theirs = {
        "matches": ["%cd", "%conda"],
        "cursor_start": 2,
        "cursor_end": 4,
        "metadata": {"_jupyter_types_experimental": kinds},
    }
    both = merged(ours, theirs)
    assert both["matches"] == ["%cd", "%connect", "%conda"]
    types = {one["text"]: one["type"] for one in both["metadata"]["_jupyter_types_experimental"]}
    assert types == {"%cd": "magic", "%connect": "", "%conda": "theirs"}
    assert merged(ours, {**theirs, "cursor_start": 3}) == ours
    assert merged(ours, None) == ours
