"""The bare reader of the benchmark, with a board of prepared answers."""

import pytest

from bench.bare import BareBoard

GREETING = b"\r\nraw REPL; CTRL-B to exit\r\n>"
ANSWERS = b"OKone\x04\x04>" + b"OK\x04\x04>"


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_output_is_what_stands_between_the_marks_in_any_cutting(size):
    said = GREETING + ANSWERS
    pieces = [said[start : start + size] for start in range(0, len(said), size)]
    sent = []
    board = BareBoard(lambda: pieces.pop(0), sent.append)
    board.enter()
    assert board.run("print(end='one')") == "one"
    assert board.run("pass") == ""
    assert sent == [b"\r\x03\x01", b"print(end='one')\x04", b"pass\x04"]
    assert not pieces
