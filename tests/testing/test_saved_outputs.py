"""What counts as a difference between saved outputs and new ones."""

import pytest

from iot_kernel.testing.saved_outputs import USUAL_TOLERANCE, TextComparison, comparison_of, difference
from tests.each import each

EXACT = TextComparison()
NUMBERS = TextComparison(0.05)


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def result(text, count=1):
    data = {"text/plain": text, "image/png": "…"}
    return {"output_type": "execute_result", "execution_count": count, "data": data, "metadata": {}}


def display(**data):
    data = {kind.replace("_", "/"): value for kind, value in data.items()}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def error(name, text, *traceback):
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": list(traceback)}


SAME = (
    ("nothing", [], []),
    ("pieces of a stream", [stream("a\n"), stream("b\n")], [stream("a\nb\n")]),
    ("a text in lines", [stream(["a\n", "b\n"])], [stream("a\nb\n")]),
    ("two streams", [stream("a"), stream("x", "stderr"), stream("b")], [stream("ab"), stream("x", "stderr")]),
    ("count and picture of a result", [result("1", 3)], [result("1", 9)]),
    ("where an error was raised", [error("E", "text", "line 1")], [error("E", "text", "line 2")]),
    ("colours", [stream("\x1b[31mred\x1b[0m")], [stream("red")]),
    ("pictures", [display(image_png="1")], [display(image_png="2")]),
)

OTHER = (
    ("a text", [stream("a\n")], [stream("b\n")]),
    ("a line end", [stream("a\n")], [stream("a")]),
    ("a stream", [stream("a")], [stream("a", "stderr")]),
    ("what a line ends in", [stream("a\r\n")], [stream("a\n")]),
    ("outputs of the same text", [stream("a\nresult:\n1\n")], [stream("a\n"), result("1")]),
    ("one missing", [stream("a"), result("1")], [stream("a")]),
    ("one more", [], [stream("a")]),
    ("an error", [error("E", "text")], [error("E", "other")]),
    ("another error", [error("E", "text")], [error("F", "text")]),
    ("a kind of picture", [display(image_png="")], [display(image_jpeg="")]),
    ("a result that is displayed", [result("1")], [display(text_plain="1")]),
)


@each("what, saved, new", SAME)
def test_the_same(what, saved, new):
    assert difference(saved, new, EXACT) == ""
    assert difference(saved, new, NUMBERS) == ""


@each("what, saved, new", OTHER)
def test_another(what, saved, new):
    assert difference(saved, new, EXACT) != ""
    assert difference(saved, new, NUMBERS) != ""


def test_the_difference_is_shown():
    shown = difference([stream("same\nold\n")], [stream("same\nnew\n"), result("7")], EXACT)
    assert shown.splitlines() == [
        "--- saved in the notebook",
        "+++ given now",
        "@@ -1,3 +1,5 @@",
        " stdout:",
        " same",
        "-old",
        "+new",
        "+result:",
        "+7",
    ]


CLOSE = [
    ("100", "105"),
    ("100", "95.5"),
    ("-1.5e-3 V", "-1.52e-3 V"),
    ("0", "0.05"),
    ("0.0", "-0.05"),
    ("[1, 2.0, .5]", "[1.01, 2.0, .51]"),
    ("21.5°C at 3.3V, 12ms", "21.9°C at 3.31V, 12.2ms"),
    ("nan inf -inf", "nan inf -inf"),
    ("x=1", "x=1.0"),
]

FAR = [
    ("100", "106"),
    ("0.001", "0.04"),
    ("0", "0.06"),
    ("1", "-1"),
    ("1 2", "1"),
    ("a 1", "b 1"),
    ("1.25.0", "1.26.0"),
    ("pin12", "pin13"),
    ("1", "nan"),
    ("nan", "1"),
    ("inf", "-inf"),
    ("inf", "1e308"),
    ("1", "inf"),
]


@each("saved, new", CLOSE)
def test_numbers_that_are_close(saved, new):
    assert difference([stream(saved)], [stream(new)], NUMBERS) == ""
    assert saved == new or difference([stream(saved)], [stream(new)], EXACT) != ""


@each("saved, new", FAR)
def test_numbers_that_are_not(saved, new):
    assert difference([stream(saved)], [stream(new)], NUMBERS) != ""


def test_tags():
    assert comparison_of(["mine"]) is None
    assert comparison_of(["mine", "compare"]) == TextComparison(None)
    assert comparison_of(["compare-numbers"]) == TextComparison(USUAL_TOLERANCE)
    assert comparison_of(["compare-numbers=0.2"]) == TextComparison(0.2)
    assert comparison_of(["compare-numbers=0"]) == TextComparison(0.0)


WRONG = ("compare-number", "compared", "compare-numbers=", "compare-numbers=-1", "compare-numbers=inf")


@each("tag", WRONG)
def test_tags_that_mean_nothing(tag):
    with pytest.raises(ValueError, match="there are 'compare', 'compare-numbers' and"):
        comparison_of([tag])
