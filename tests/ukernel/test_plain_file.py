"""Plain values of a file that is Python in form; `tests/config/test_secrets_file.py` has more files."""

import pytest

from tests.each import each
from ukernel.plain_file import PlainFileError, read_plain


def test_values_and_their_lines():
    found = read_plain(
        b"import x\na: dict = {'k': 1}\nb = c = 'text'\nother = open('/etc/passwd')\n", ("a", "b", "z")
    )
    assert {name: tuple(value) for name, value in found.items()} == {"a": ({"k": 1}, 2), "b": ("text", 3)}
    assert "text" not in repr(found)


@each(
    "source, line",
    [
        (b"a = 'x", 1),
        (b"\n\na = f()", 3),
        (b"if 1:\n    a = 1", 2),
        (b"a = 1\na += 1", 2),
        (b"\0", None),
        (b"a = " + b"(" * 1000, 1),
    ],
)
def test_what_cannot_be_used(source, line):
    with pytest.raises(PlainFileError) as error:
        read_plain(source, ("a",))
    if line is not None:
        assert error.value.line in (line, None)
    assert error.value.__cause__ is None
