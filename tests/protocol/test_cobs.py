"""Byte stuffing: examples of the paper, any payload there and back, and what is no coded payload."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.protocol import cobs

EXAMPLES = [
    (b"", b"\x01"),
    (b"\0", b"\x01\x01"),
    (b"\0\0", b"\x01\x01\x01"),
    (b"\x11\x22\0\x33", b"\x03\x11\x22\x02\x33"),
    (b"\x11\0\0\0", b"\x02\x11\x01\x01\x01"),
    (bytes(range(1, 254)), b"\xfe" + bytes(range(1, 254))),
    (bytes(range(256)), b"\x01\xff" + bytes(range(1, 255)) + b"\x02\xff"),
]


@pytest.mark.parametrize(("payload", "coded"), EXAMPLES)
def test_examples(payload, coded):
    assert cobs.encode(payload) == coded
    assert cobs.decode(coded) == payload


@given(st.lists(st.tuples(st.sampled_from([b"\0", b"a", b"\xff"]), st.integers(0, 520))))
def test_there_and_back(runs):
    payload = b"".join(byte * count for byte, count in runs)
    coded = cobs.encode(payload)
    assert cobs.END not in coded
    assert len(coded) <= len(payload) + len(payload) // 254 + 1
    assert cobs.decode(coded) == payload


def test_a_full_group_may_end_it():
    assert cobs.decode(b"\xff" + b"a" * 254) == b"a" * 254


@pytest.mark.parametrize("coded", [b"\x02", b"\x03a", b"\x02a\x05abc", b"\0", b"\x02a\0"])
def test_parts_are_refused(coded):
    with pytest.raises(ValueError, match="is not whole"):
        cobs.decode(coded)
