"""Samples with their times: how they are told, unpacked and counted."""

import math

import numpy as np
import pytest

from ukernel.pipes.timed import Timed, as_array, scatter


def test_samples_of_different_shapes_stay_a_list():
    assert as_array([(1,), (1, 2)]) == [(1,), (1, 2)]


def test_how_steady_the_times_are():
    assert math.isnan(scatter([1.0, 2.0]))
    assert scatter([1.0, 2.0, 3.0]) == pytest.approx(0)
    assert scatter([1.0, 2.5, 3.0]) == pytest.approx(0.5)


def test_what_is_told():
    timed = Timed(np.array([10.0, 10.5, 11.0]), np.array([1, 2, 3]), 0.00123, "board", 5.0, 1e-6)
    assert repr(timed) == "<3 samples in 1.000 s, times of the board's clock, error 1.2 ms>"
    assert len(timed) == 3
    assert [part.tolist() for part in timed] == [[10.0, 10.5, 11.0], [1, 2, 3]]


@pytest.mark.parametrize("make", [list, np.array])
def test_nothing(make):
    timed = Timed(make([]), make([]), math.nan)
    assert repr(timed) == "<0 samples in 0.000 s, times of arrival>"
    assert len(timed) == 0
