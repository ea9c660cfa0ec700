"""numpy arrays: what they are on boards with and without ulab, and what boards' arrays are here."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from iot_kernel.values.arrays import Ulab, is_array, is_number
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.errors import UnmovableValueError
from tests.each import each

NUMBERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]
SMALL_ULAB = Ulab(dimensions=2, float_size=4, has_complex=False)
LARGE_ULAB = Ulab(dimensions=4, float_size=8, has_complex=True)

dtypes = st.sampled_from([order + dtype for order in "<>" for dtype in NUMBERS])


def moved(value, ulab=None):
    encoded = encode(value, "v", ulab)
    assert encoded.has_numpy_arrays
    return decode(encoded.data, "v")


def identical(array, other):
    return (
        isinstance(other, np.ndarray)
        and other.dtype == array.dtype.newbyteorder("=")
        and other.shape == array.shape
        and other.tobytes() == array.astype(other.dtype).tobytes()
    )


class TestWithoutUlab:
    @given(arrays(dtypes, st.integers(0, 20)))
    def test_numbers_in_a_row_arrive_exactly(self, array):
        back = moved(array)
        assert identical(array, back)
        assert back.flags.writeable

    @given(arrays(dtypes, array_shapes(min_dims=2, max_dims=4)))
    def test_more_dimensions_become_lists_of_arrays(self, array):
        def rows(items):
            return np.stack([rows(item) if isinstance(item, list) else item for item in items])

        assert identical(array, rows(moved(array)))

    def test_every_other_item(self):
        assert moved(np.arange(10, dtype="i2")[::-2]).tolist() == [9, 7, 5, 3, 1]

    def test_half_floats_become_single_ones(self):
        back = moved(np.array([0.1, np.inf, np.nan], "f2"))
        assert back.dtype == "f4"
        assert np.array_equal(back.astype("f2"), np.array([0.1, np.inf, np.nan], "f2"), equal_nan=True)

    @pytest.mark.parametrize("array", [np.array([True, False]), np.array([[1j, 2], [3, 4]], "c8")])
    def test_what_array_has_not_becomes_lists(self, array):
        assert moved(array) == array.tolist()

    @pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
    def test_nothing(self, shape):
        assert np.array(moved(np.zeros(shape, "f4"))).shape[:1] == shape[:1]


class TestWithUlab:
    @given(arrays(st.sampled_from(["i1", "u1", "i2", "u2", "f8", "?", "c16"]), array_shapes(max_dims=4)))
    def test_what_ulab_has_arrives_exactly(self, array):
        assert identical(array, moved(array, LARGE_ULAB))

    @given(arrays(st.sampled_from(["f2", "f4", "f8"]), array_shapes(max_dims=2)))
    def test_floats_have_the_precision_of_the_board(self, array):
        with np.errstate(over="ignore"):
            assert identical(array.astype("f4"), moved(array, SMALL_ULAB))

    def test_as_many_dimensions_as_it_has(self):
        cube = np.arange(24, dtype="u1").reshape(2, 3, 4)
        assert [identical(layer, back) for layer, back in zip(cube, moved(cube, SMALL_ULAB), strict=True)]

    @pytest.mark.parametrize("dtype", ["i4", "u8", "i8"])
    def test_numbers_that_it_lacks_become_arrays(self, dtype):
        assert encode(np.ones(2, dtype), "v", LARGE_ULAB).data.startswith(b"a")
        assert identical(np.ones(2, dtype), moved(np.ones(2, dtype), LARGE_ULAB))

    def test_complex_numbers_that_it_lacks_become_lists(self):
        assert moved(np.array([1j]), SMALL_ULAB) == [1j]

    def test_what_it_says(self):
        data = encode(np.array([[1, 2]], "i2"), "v", SMALL_ULAB).data
        assert data == b"u3;s5;int16t2;i1;i2;y4;\1\0\2\0"


@each(
    ("head", "dtype"),
    [("l4", "i4"), ("L4", "u4"), ("l8", "i8"), ("L8", "u8"), ("i2", "i2"), ("I2", "u2"), ("f4", "f4")],
)
def test_type_codes_of_boards(head, dtype):
    array = decode(f"a{head}8;".encode() + bytes(range(8)), "v")
    assert identical(np.frombuffer(bytes(range(8)), f"<{dtype}"), array)


@each(
    ("name", "dtype"),
    [
        ("float", "f4"),
        ("float", "f8"),
        ("float32", "f4"),
        ("float64", "f8"),
        ("bool", "?"),
        ("complex", "c8"),
    ],
)
def test_names_of_ulab(name, dtype):
    size = np.dtype(dtype).itemsize
    array = decode(b"u3;s%x;%bt1;i2;y%x;" % (len(name), name.encode(), 2 * size) + bytes(2 * size), "v")
    assert identical(np.zeros(2, dtype), array)


def test_numpy_is_asked_only_where_it_is(monkeypatch):
    monkeypatch.delitem(sys.modules, "numpy")
    assert not is_array([])
    assert not is_number(1)


def test_the_place_in_a_larger_value():
    with pytest.raises(UnmovableValueError, match=r"v\['rows'\]: a numpy array of object"):
        encode({"rows": np.array([None])}, "v")
