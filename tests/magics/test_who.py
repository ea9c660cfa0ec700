"""%who and %whos on a real board."""

import pytest

from iot_kernel.errors import NotConnectedError

pytestmark = pytest.mark.board

CODE = "a = [0] * 5\nb = 'text'\nc = 1\nimport os\ndef f(): pass\n"


def test_names(bit):
    bit.run(f"{CODE}%who\n%who int str")
    assert bit.stdout == "a\tb\tc\tf\tos\nb\tc\n"


def test_types_and_values(bit):
    bit.run(f"{CODE}%whos list int str function")
    assert [line.split(maxsplit=2) for line in bit.stdout.splitlines()] == [
        ["name", "type", "value"],
        ["a", "list", "[0, 0, 0, 0, …] 5 items"],
        ["b", "str", "'text'"],
        ["c", "int", "1"],
        ["f", "function"],
    ]


def test_there_are_none(bit):
    bit.run("%who nosuch\n%whos nosuch")
    assert bit.stdout == "Interactive namespace is empty.\n" * 2


def test_more_than_one_page(bit):
    bit.run("for i in range(250): globals()['v%03d' % i] = i\n%who int")
    assert bit.stdout.split() == ["i", *(f"v{i:03}" for i in range(250))]


def test_without_a_board(bit):
    bit.run("%disconnect")
    with pytest.raises(NotConnectedError):
        bit.run("%whos")
