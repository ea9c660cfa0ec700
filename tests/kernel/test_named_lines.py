"""Whole lines with a name before each."""

from iot_kernel.kernel import named_lines
from iot_kernel.kernel.named_lines import NamedLines


def test_lines_in_any_cutting():
    shown = []
    lines = NamedLines("a | ", shown.append)
    for piece in ("on", "e\ntwo\n", "", "\nthr", "ee"):
        lines.take(piece)
    assert shown == ["a | one\na | two\n", "a | \n"]
    lines.finish()
    lines.finish()
    assert shown[2:] == ["a | three\n"]


def test_a_line_without_an_end_is_shown_in_pieces(monkeypatch):
    monkeypatch.setattr(named_lines, "LONGEST_LINE", 3)
    shown = []
    NamedLines("a | ", shown.append).take("long")
    assert shown == ["a | long\n"]
