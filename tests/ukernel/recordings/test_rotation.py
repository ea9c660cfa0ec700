"""How users say when the next file begins."""

import math
from datetime import timedelta

import pytest

from ukernel.pipes.recordings.rotation import read_rotation


@pytest.mark.parametrize(
    ("value", "size"),
    [("100 MB", 1e8), ("1.5GB", 1.5e9), (" 64 KiB ", 65536), ("20 kB", 2e4), ("1 TiB", 2**40), (50_000, 5e4)],
)
def test_sizes(value, size):
    assert read_rotation(value) == (size, math.inf)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("1 h", 3600), ("90 s", 90), ("5min", 300), ("1 d", 86400), (timedelta(hours=2), 7200)],
)
def test_times(value, seconds):
    assert read_rotation(value) == (math.inf, seconds)


@pytest.mark.parametrize(
    "value", ["100 mb", "MB", "1 hour", "-1 h", "100", "", "1 m", "1e3 MB", "100 MB, 1 h"]
)
def test_other_texts(value):
    with pytest.raises(
        ValueError,
        match=r"rotate must be a size such as '100 MB' or a time such as '1 h', not .*units are kB",
    ):
        read_rotation(value)


@pytest.mark.parametrize("value", [0, 3600, -1, math.nan, "0 h", "1 kB", timedelta(milliseconds=1)])
def test_too_little(value):
    with pytest.raises(ValueError, match="a file has at least 10,000 bytes or 1 s"):
        read_rotation(value)


@pytest.mark.parametrize("value", [True, b"1 h", ["1 h"]])
def test_other_kinds(value):
    with pytest.raises(TypeError, match="rotate must be a size"):
        read_rotation(value)
