"""Variables as text in columns."""

from iot_kernel.device.children import Child, Page
from iot_kernel.device.rendering import in_order, rendered, table, variables


def child(name, kind="int", value="1"):
    return Child(name, name, kind, None, value, has_children=False)


def test_columns_are_as_wide_as_their_longest_text():
    assert table([("a", "int", "1"), ("long_name", "str", "'x'"), ("f", "function", "")]) == [
        "a          int       1",
        "long_name  str       'x'",
        "f          function",
    ]


def test_columns_have_a_widest():
    (line,) = table([("n" * 80, "int", "1")])
    assert line == "n" * 80 + "  int  1"


def test_a_page_with_more_behind_it_says_so():
    assert rendered(Page((child("0"),), rest=100)).splitlines() == ["0  int  1", "…"]
    assert rendered(Page(())) == ""


def test_variables_have_a_head():
    assert variables([child("a")]) == [
        "Variable  Type  Value",
        "---------------------",
        "a         int   1",
    ]
    assert variables([]) == []


def test_functions_classes_and_modules_come_last():
    kinds = {"os": "module", "f": "function", "b": "int", "A": "int", "C": "type"}
    assert [c.name for c in in_order(child(*pair) for pair in kinds.items())] == ["A", "b", "C", "f", "os"]
