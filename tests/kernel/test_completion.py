"""Completing and explaining magics."""

import pytest

from iot_kernel.kernel.completion import complete_magic, help_of_magic, is_for_host, merge_completions
from iot_kernel.magics import build_registry
from iot_kernel.syntax.cell import Target


@pytest.fixture(scope="module")
def magics():
    return build_registry()


@pytest.mark.parametrize(
    ("code", "start", "some"),
    [
        ("%conn", 0, ["%connect"]),
        ("x = 1\n%disco", 6, ["%disconnect", "%discover"]),
        ("%%conn", 0, ["%%connect"]),
        ("\n%%uc", 1, ["%%ucore"]),
    ],
)
def test_names_of_magics(magics, code, start, some):
    found = complete_magic(code, len(code), magics)
    assert found is not None
    assert found[0] == start
    for name in some:
        assert name in found[1]
    assert all(name.startswith(code[start:]) for name in found[1])


def test_cell_magics_are_offered_in_the_first_line_only(magics):
    assert "%%host" in complete_magic("%", 1, magics)[1]
    assert "%%host" not in complete_magic("x\n%", 3, magics)[1]


@pytest.mark.parametrize("code", ["", "conn", "x %conn", "  %conn", "%connect si", "x = 5 %"])
def test_nothing_where_no_magic_is_typed(magics, code):
    assert complete_magic(code, len(code), magics) is None


def test_only_what_stands_before_the_cursor_counts(magics):
    assert complete_magic("%connect", 5, magics) == (0, ["%connect"])


@pytest.mark.parametrize(
    ("code", "cursor", "title"),
    [
        ("%connect sim://", 12, "%connect"),
        ("%connect", 0, "%connect"),
        ("x\n%name\ny", 5, "%name"),
        ("%%connect a b", 3, "%%connect"),
        ("!ls", 2, "!"),
    ],
)
def test_help_in_the_whole_line_of_a_magic(magics, code, cursor, title):
    assert help_of_magic(code, cursor, magics).startswith(f"usage: {title} ")


@pytest.mark.parametrize(
    ("code", "cursor"), [("x", 1), ("%timeit x", 3), ("%connect\nx", 10), ("", 0), ("%", 1)]
)
def test_no_help_elsewhere(magics, code, cursor):
    assert help_of_magic(code, cursor, magics) is None


@pytest.mark.parametrize(
    ("code", "target", "expected"),
    [
        ("import os", Target.BOARD, False),
        ("import os", Target.HOST, True),
        ("", Target.HOST, True),
        ("%%host\nimport os", Target.BOARD, True),
        ("%%ucore\nimport os", Target.HOST, False),
        ("%%bash\nls", Target.HOST, False),
        ("%%timeit\nx", Target.BOARD, True),
    ],
)
def test_who_knows_best(magics, code, target, expected):
    assert is_for_host(code, target, magics) is expected


def test_merging():
    theirs = {
        "status": "ok",
        "matches": ["%cd", "%conda"],
        "cursor_start": 2,
        "cursor_end": 4,
        "metadata": {},
    }
    merged = merge_completions((2, ["%cd", "%connect"]), theirs, 4)
    assert merged["matches"] == ["%cd", "%connect", "%conda"]
    assert merge_completions((3, ["%cd"]), theirs, 4)["matches"] == ["%cd"]
    assert merge_completions(None, theirs, 4) == theirs
    empty = merge_completions(None, None, 4)
    assert (empty["matches"], empty["cursor_start"], empty["cursor_end"]) == ([], 4, 4)
