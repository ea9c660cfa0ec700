"""What can be asked of a chart, and what cannot."""

import math
from fractions import Fraction

import numpy as np
import pytest

from tests.each import each
from ukernel.pipes.live.options import LARGEST_WINDOW, Look, check_look

USUAL = {
    "window": 200, "ylim": (-1.5, 1.5), "title": None, "labels": None, "interval": 40, "duration": None,
}  # fmt: skip


def look(**changes):
    return check_look(**(USUAL | changes))


def test_the_usual():
    assert look() == Look(200, (-1.5, 1.5), None, None, 0.04, None)


@each(
    ("asked", "seen"),
    [
        ({"window": 2}, {"window": 2}),
        ({"window": LARGEST_WINDOW}, {"window": LARGEST_WINDOW}),
        ({"window": np.int16(300)}, {"window": 300}),
        ({"ylim": None}, {"ylim": None}),
        ({"ylim": [0, 3.3]}, {"ylim": (0.0, 3.3)}),
        ({"ylim": np.array([0, 1])}, {"ylim": (0.0, 1.0)}),
        ({"ylim": (1, -1)}, {"ylim": (1.0, -1.0)}),
        ({"title": ""}, {"title": ""}),
        ({"labels": ["x", "y"]}, {"labels": ("x", "y")}),
        ({"labels": "voltage"}, {"labels": ("voltage",)}),
        ({"labels": (label for label in "xyz")}, {"labels": ("x", "y", "z")}),
        ({"interval": 0.5}, {"interval": 0.0005}),
        ({"duration": Fraction(5, 2)}, {"duration": 2.5}),
        ({"duration": np.float32(0.5)}, {"duration": 0.5}),
    ],
)
def test_what_can_be_asked(asked, seen):
    expected = {name: getattr(look(), name) for name in Look.__slots__} | seen
    assert look(**asked) == Look(**expected)


@each(
    "asked",
    [
        {"window": 200.0},
        {"window": True},
        {"window": "200"},
        {"window": None},
        {"ylim": 3},
        {"ylim": "01"},
        {"ylim": ("0", "1")},
        {"ylim": (False, True)},
        {"title": 7},
        {"title": b"ADC"},
        {"labels": 3},
        {"labels": []},
        {"labels": ["x", None]},
        {"interval": "fast"},
        {"interval": None},
        {"interval": True},
        {"duration": "5"},
        {"duration": True},
    ],
)
def test_the_wrong_kind(asked):
    (name,) = asked
    with pytest.raises(TypeError, match=name):
        look(**asked)


@each(
    "asked",
    [
        {"window": 1},
        {"window": 0},
        {"window": -5},
        {"window": LARGEST_WINDOW + 1},
        {"ylim": (1, 1)},
        {"ylim": (1,)},
        {"ylim": (1, 2, 3)},
        {"ylim": (0, math.inf)},
        {"ylim": (math.nan, 1)},
        {"interval": 0},
        {"interval": -1},
        {"interval": math.inf},
        {"duration": 0},
        {"duration": -1},
        {"duration": math.nan},
    ],
)
def test_what_makes_no_sense(asked):
    (name,) = asked
    with pytest.raises(ValueError, match=name):
        look(**asked)
