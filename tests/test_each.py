"""Tables in one test: every row runs, and every failure is told."""

import pytest

from tests.each import each


def test_every_row_runs_beside_what_is_given_once():
    seen = []

    @each("a", [1, (2, 3)])
    @each(("b", "c"), [("x", "y"), ("z", "z")])
    def run(given, a, b, c):
        seen.append((given, a, b, c))

    run("once")
    assert seen == [
        ("once", 1, "x", "y"),
        ("once", 1, "z", "z"),
        ("once", (2, 3), "x", "y"),
        ("once", (2, 3), "z", "z"),
    ]


def test_all_failures_are_told_with_their_rows():
    @each("a, b", [(1, 1), (1, 2), (3, 3), (4, "five")])
    def run(a, b):
        assert a == b

    with pytest.raises(ExceptionGroup, match="2 of 4 rows fail") as caught:
        run()
    assert [error.__notes__ for error in caught.value.exceptions] == [
        ["row: a=1, b=2"],
        ["row: a=4, b='five'"],
    ]
    assert all(isinstance(error, AssertionError) for error in caught.value.exceptions)


@each("number", range(3))
def test_pytest_gives_the_rest(tmp_path, number):
    assert tmp_path.is_dir()
    assert number < 3


def test_a_name_that_is_no_argument():
    with pytest.raises(AssertionError, match="takes no"):

        @each("wrong", [1])
        def run(right):
            pass


def test_a_table_without_rows_tests_nothing():
    with pytest.raises(AssertionError):
        each("a", [])
