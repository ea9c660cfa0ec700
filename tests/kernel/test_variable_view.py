"""A variable alone: bytes and arrays in tables, anything else row by row."""

import re

from iot_kernel.debugging.messages import Variable, VariablePage
from iot_kernel.kernel.variable_view import note_view, variable_view


def view(kind, size, texts, text="", total=None, why=""):
    about = Variable("", kind, size, text, 1)
    inside = tuple(Variable(str(place), "int", None, value, 0) for place, value in enumerate(texts))
    page = VariablePage(0, len(inside) if total is None else total, inside)
    return variable_view("v", about, page, why)


def lines(*given, **more):
    text = re.sub("\x1b.*?m", "", view(*given, **more)["text/plain"])
    return [line.rstrip() for line in text.splitlines()]


def test_bytes_are_a_table_of_sixteen_in_a_row():
    found = lines("bytes", 18, [str(value) for value in (*b"ab\0\xff", *range(65, 79))])
    assert found == [
        "v: bytes, 18 bytes",
        "    0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f",
        " 0  61 62 00 ff 41 42 43 44 45 46 47 48 49 4a 4b 4c ab..ABCDEFGHIJKL",
        "10  4d 4e                                           MN",
    ]
    assert "<td" in view("bytes", 1, ["5"])["text/html"]


def test_of_more_bytes_only_whole_rows_are_shown():
    found = lines("bytearray", 4096, ["7"] * 100, total=4096)
    assert (len(found), found[-1]) == (1 + 1 + 6 + 1, "… 4,000 more")


def test_arrays_are_a_table_of_ten_in_a_row():
    found = lines("array", 300, [str(value) for value in range(12)], total=300)
    assert found == [
        "v: array, 300 items",
        "     0   1  2  3  4  5  6  7  8  9",
        " 0   0   1  2  3  4  5  6  7  8  9",
        "10  10  11",
        "… 288 more",
    ]


def test_anything_else_has_a_row_for_each_thing():
    assert lines("list", 2, ["7", "8"]) == [
        "v: list, 2 items",
        "name  type  value",
        "0     int   7",
        "1     int   8",
    ]


def test_bytes_that_are_none_are_shown_row_by_row():
    assert lines("bytes", 1, ["999"])[1:] == ["name  type  value", "0     int   999"]


def test_what_holds_nothing_has_its_value():
    about = Variable("", "str", 5, "'abcde'", 0)
    assert variable_view("v", about, None)["text/plain"] == "v: str, 5 characters\n'abcde'\n"
    assert "not connected" in variable_view("v", about, None, "not connected")["text/plain"]
    assert note_view("so")["text/plain"] == "so\n"
