"""Rows of variables, and their order."""

from iot_kernel.debugging.frontend.variable_rows import in_order, more_row, other_row, variable_row
from iot_kernel.debugging.messages import Variable


def test_a_row_has_the_size_beside_the_type():
    rows = [
        variable_row(Variable("a", "int", None, "5", 0), 0),
        variable_row(Variable("b", "list", 12_000, "[0, …] 12,000 items", 3), 77),
        variable_row(Variable("c", "bytes", 64, "b''", 3), 78),
        variable_row(Variable("d", "str", 5, "'abcde'", 0), 0),
    ]
    assert [row["type"] for row in rows] == ["int", "list (12,000)", "bytes (64)", "str"]
    assert rows[1] == {
        "name": "b",
        "value": "[0, …] 12,000 items",
        "type": "list (12,000)",
        "variablesReference": 77,
    }


def test_what_is_no_variable_has_no_type():
    assert other_row("(pico)", "not connected") == {
        "name": "(pico)",
        "value": "not connected",
        "variablesReference": 0,
    }
    assert more_row(100, 12_000, 5) == {"name": "…", "value": "11,900 more", "variablesReference": 5}


def test_functions_classes_and_modules_come_last():
    kinds_of = {"os": "module", "f": "function", "b": "int", "A": "int", "C": "type"}
    found = [Variable(name, kind, None, "", 0) for name, kind in kinds_of.items()]
    assert [each.name for each in in_order(found)] == ["A", "b", "C", "f", "os"]
