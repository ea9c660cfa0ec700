"""Values as statements: what they build, how long they are, and which of them fails where."""

from array import array

import pytest
from hypothesis import given

from iot_kernel.debugging.instrumentation.instrument import STOP, STOPS
from iot_kernel.values.decoding import decode, place_of
from iot_kernel.values.encoding import encode
from iot_kernel.values.statements import BUILTINS, MODULE, PARTS, STRUCT, programs
from tests.each import each
from tests.values.strategies import same, values


def test_their_names_are_not_the_debuggers():
    assert not {PARTS, BUILTINS, STRUCT, MODULE} & {STOP, STOPS}


def built(value, longest=256):
    """Runs the statements of a value; Python's own do the same as a board's, but for arrays."""
    variables = {}
    for program in programs(encode(value, "v").data, "v", longest):
        exec(program.code, variables)
    return variables


@given(values(codes="B"))
def test_they_build_the_value(value):
    variables = built(value)
    assert variables.keys() == {"v", "__builtins__"}
    assert same(decode(encode(value, "v").data, "v"), decode(encode(variables["v"], "v").data, "v"))


@each("name", ["str", "bytes", "tuple", "set", "dict", "range", "len", "bytearray", "complex"])
def test_variables_with_names_of_builtins_do_no_harm(name):
    value = [{"a": ("é" * 100, b"x" * 100)}, {1}, 1j, bytearray(3)]
    variables = {name: 1}
    for program in programs(encode(value, "v").data, "v", 256):
        exec(program.code, variables)
    assert variables["v"] == value


def test_programs_are_short():
    value = [list(range(1000)), "é" * 1000, [0.5] * 100, {str(n): n for n in range(100)}]
    sizes = [len(program.code) for program in programs(encode(value, "v").data, "v", 256)]
    assert max(sizes) < 600
    assert len(list(programs(encode(value, "v").data, "v", 1 << 20))) == 1


def test_floats_in_a_row_are_one_statement():
    assert [program.code.count("unpack") for program in programs(encode([0.5] * 5, "v").data, "v", 999)] == [
        1
    ]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ([1, {"a": 1j}], "v[1]['a']"),
        ([frozenset(), 1], "v[0]"),
        ([1, [2, array("q", [1])]], "v[1][1]"),
    ],
)
def test_what_firmware_may_lack_stands_alone(value, place):
    data = encode(value, "v").data
    found = [program for program in programs(data, "v", 4096) if "complex" in program.code]
    found += [program for program in programs(data, "v", 4096) if "frozenset" in program.code]
    found += [program for program in programs(data, "v", 4096) if "array" in program.code]
    assert [place_of(program.number, data, "v")[0] for program in found] == [place]
    assert all(";" not in program.code for program in found)
