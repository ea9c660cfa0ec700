"""A ring of samples: what is not there is NaN, the newest is last."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.each import each
from ukernel.pipes.live.window import Window, thin

NAN = float("nan")


def test_it_is_empty_at_first():
    assert np.isnan(Window(3, 2).columns()).all()
    assert Window(3, 2).columns().shape == (2, 3)


def test_samples_come_in_from_the_right_and_leave_to_the_left():
    window = Window(3, 1)
    for value, expected in ((1, [NAN, NAN, 1]), (2, [NAN, 1, 2]), (3, [1, 2, 3]), (4, [2, 3, 4])):
        window.add((value,))
        np.testing.assert_array_equal(window.columns(), [expected])


def test_each_value_of_a_sample_has_a_row():
    window = Window(2, 3)
    window.add((1, 2, 3))
    window.add((4, 5, 6))
    assert window.columns().tolist() == [[1, 4], [2, 5], [3, 6]]


def test_what_is_handed_out_does_not_change():
    window = Window(2, 1)
    window.add((1,))
    columns = window.columns()
    window.add((2,))
    assert columns[0, 1] == 1


@each("lost", [1, 2, 3, 4, 1000])
def test_a_gap_keeps_the_distance(lost):
    window = Window(4, 1)
    for value in range(4):
        window.add((value,))
    window.skip(lost)
    window.add((9,))
    expected = ([0, 1, 2, 3] + [NAN] * min(lost, 4) + [9])[-4:]
    np.testing.assert_array_equal(window.columns(), [expected])


@given(st.integers(1, 7), st.lists(st.integers(-3, 9)))
def test_it_is_the_end_of_all_that_came(size, events):
    window, everything = Window(size, 1), [NAN] * size
    for event in events:
        if event < 0:
            window.skip(-event)
            everything += [NAN] * -event
        else:
            window.add((event,))
            everything.append(event)
    np.testing.assert_array_equal(window.columns(), [everything[-size:]])


def test_few_points_stay_as_they_are():
    where, points = thin(np.array([3.0, NAN, 5.0]), 8)
    np.testing.assert_array_equal(where, [0, 1, 2])
    np.testing.assert_array_equal(points, [3, NAN, 5])
    assert [array.size for array in thin(np.empty(0), 8)] == [0, 0]


@each("size", [9, 100, 999, 1000, 1001])
def test_many_points_are_thinned_and_none_that_stands_out_is_missed(size):
    values = np.sin(np.arange(size) / 50)
    values[size // 2], values[size // 3] = 9, -9
    values[-1] = NAN
    where, points = thin(values, 8)
    assert len(where) == len(points) <= 8
    assert (np.nanmax(points), np.nanmin(points)) == (9, -9)
    assert (np.diff(where) > 0).all()
    assert 0 <= where[0] <= where[-1] < size


def test_a_gap_stays_a_gap():
    values = np.zeros(1000)
    values[400:700] = NAN
    where, points = thin(values, 100)
    gone = where[np.isnan(points)]
    assert (gone.min(), gone.max()) == pytest.approx((400, 690), abs=30)
