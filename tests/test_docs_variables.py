"""What docs/reference/variables.md shows is understood, and says what it says."""

import re
from array import array
from collections import OrderedDict
from pathlib import Path

from iot_kernel.magics import build_registry
from iot_kernel.magics.variables import _pairs
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.wire_format import DEEPEST
from tests.each import each

TEXT = (Path(__file__).parents[1] / "docs" / "reference" / "variables.md").read_text(encoding="utf-8")
PLAIN = [text for kind, text in re.findall(r"```(\w*)\n(.*?)```", TEXT, re.DOTALL) if not kind]
LINES = re.findall(r"^%(\w+) *(.*?)(?: {2,}.*)?$", "".join(PLAIN), re.MULTILINE)


@each(("name", "arguments"), LINES)
def test_what_can_be_written(name, arguments):
    magic = next(magic for magic in build_registry().lines() if magic.name == name)
    args = magic.parser.read(arguments)
    if name != "store":
        assert _pairs(args.names)


def test_the_plain_values():
    for value in (
        None,
        True,
        5,
        "",
        b"",
        bytearray(),
        1j,
        0.5,
        [],
        (),
        {},
        OrderedDict(),
        set(),
        frozenset(),
    ):
        assert type(decode(encode(value, "v").data, "v")) is type(value)
        assert f"`{type(value).__name__}`" in TEXT or value is None
    assert f"up to {DEEPEST} levels" in TEXT


def test_what_array_has_not():
    assert encode(array("l", [1]), "v").data[:3] in (b"ai4", b"aq8")
