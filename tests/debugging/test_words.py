"""Words of cells: too many rather than too few, so that a breakpoint is not missed."""

from iot_kernel.debugging.words import all_words, defined_names, used_words


def test_the_function_that_stops_counts_only_where_it_is_called():
    assert used_words("x = breakpoint  # größe") == {"x", "größe"}
    assert used_words("breakpoint ()") == {"breakpoint"}


def test_what_a_cell_defines():
    assert defined_names("def a(): pass\nasync  def b(): pass\nclass C:\n  def d(self): pass\n%time e") == {
        *("a", "b", "C")
    }


def test_words_of_what_is_named_are_words_of_the_cell():
    known = [
        (frozenset("ab"), frozenset("cx")),
        (frozenset("c"), frozenset("ad")),
        (frozenset("e"), frozenset("f")),
    ]
    assert all_words("a(1)", known) == {*"acdx"}
    assert all_words("x", known) == {"x"}
