"""What boards print, cut into lines."""

from iot_kernel.bridge.lines import LONGEST_LINE, LogLines
from tests.each import each


@each(
    ("pieces", "lines"),
    [
        (["one\ntwo\n"], ["| one", "| two"]),
        (["o", "ne\r\n", "\nrest"], ["| one", "| ", "| rest"]),
        (["\x1b[31mred\n"], ["| ?[31mred"]),
        (["x" * (LONGEST_LINE + 3), "y\n"], ["| " + "x" * LONGEST_LINE, "| xxx", "| y"]),
        (["x" * (2 * LONGEST_LINE) + "\n"], ["| " + "x" * LONGEST_LINE] * 2),
        ([], []),
    ],
)
def test_lines(pieces, lines):
    said = []
    taker = LogLines(said.append)
    for piece in pieces:
        taker.take(piece)
    taker.flush()
    assert said == lines
