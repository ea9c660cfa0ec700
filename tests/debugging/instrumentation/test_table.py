"""Numbers of checkpoints are given out once, and each is known for good."""

from iot_kernel.debugging.instrumentation.table import MOST_KEPT, CheckpointTable
from iot_kernel.syntax.cell import BoardCode


def test_numbers_go_on_from_text_to_text():
    table = CheckpointTable()
    first = table.add("a", "x\ny")
    second = table.add("b", "z", module="m")
    assert [point.number for made in (first, second) for point in made.checkpoints] == [1, 2, 3]
    places = [table.place(number) for number in range(5)]
    assert [place and (place.key, place.module, place.checkpoint.line) for place in places] == [
        None,
        ("a", "", 1),
        ("a", "", 2),
        ("b", "m", 1),
        None,
    ]
    assert table.places() == places[1:-1]


def test_what_was_sent_before_under_the_same_key_stays_known():
    table = CheckpointTable()
    old = table.add("a", "x")
    table.add("a", "y")
    assert table.place(old.checkpoints[0].number).checkpoint is old.checkpoints[0]


def test_the_same_text_again_is_the_same():
    table = CheckpointTable()
    made = table.add("a", "x\ny", watched={1})
    table.add("a", "z")  # another piece of it
    assert table.add("a", "x\ny", watched=[1]) is made
    others = [table.add("a", "x\ny"), table.add("b", "x\ny"), table.add("b", "x\ny", module="b")]
    assert [each.checkpoints[0].number for each in others] == [4, 6, 8]


def test_where_numbers_may_be_those_of_others_there_are_new_ones():
    table = CheckpointTable()
    table.add("a", "x")
    table.skip(1)
    assert table.add("a", "x").checkpoints[0].number == 2


def test_functions_that_can_be_set_are_passed_on_unless_the_board_cannot():
    table = CheckpointTable()
    (point,) = table.add("a", "def f(b):\n return b", watched=[2]).checkpoints
    assert point.settable == 1
    table.sets_names = False
    made = table.add("a", "def f(b):\n return b", watched=[2])
    assert made.checkpoints[0].settable == 0
    assert ":=" not in made.source


def test_numbers_of_others_are_left_out():
    table = CheckpointTable()
    table.skip(20)
    table.skip(3)
    assert [point.number for point in table.add("a", "x\ny").checkpoints] == [21, 22]
    assert table.highest == 22


def test_code_without_checkpoints_has_places_too():
    table = CheckpointTable()
    table.add("a", "x", module="m")
    table.traced.add_cell("b", [BoardCode("def f():\n    pass", 1)])
    stack = table.stack([1, ("<stdin>", "f", 1, 2), ("<stdin>", "g", 1, 2), ("n.py", "h", "n", 7)])
    told = [(each.index, each.place.key, each.place.module, each.place.checkpoint.line) for each in stack]
    assert told == [(0, "a", "m", 1), (1, "b", "", 2), (3, "board:n.py", "n", 7)]
    assert table.modules() == {"m"}


def kept(table, *, loops=False):
    """The keys and lines of what is kept."""
    places = [table.place(number) for number in sorted(table.kept(loops=loops))]
    return [(place.key, place.checkpoint.line) for place in places]


def test_what_may_call_other_code_is_kept():
    table = CheckpointTable()
    table.add("a", "def f():\n  g()\n  return 1\nf()\n")
    table.add("b", "x = 1\nf()\nlen('a')\nwhile x:\n  x = 0\n  f()")
    assert kept(table) == [("b", 2), ("b", 6)]
    assert kept(table, loops=True) == [("b", 2), ("b", 5), ("b", 6)]
    table.add("c", "def g(): pass")
    assert kept(table) == [("a", 2)]  # what cells did outside of functions is over


def test_modules_are_imported_later_than_they_are_sent():
    table = CheckpointTable()
    table.add("m.py", "def f(): pass\nf()", module="m")
    table.add("a", "import m")
    assert kept(table) == [("m.py", 2), ("a", 1)]


def test_a_board_keeps_so_many_and_the_latest_of_them():
    table = CheckpointTable()
    for index in range(5):
        table.add(str(index), "def f():\n" + "  f()\n" * (MOST_KEPT // 2))
    assert len(table.kept(loops=False)) == MOST_KEPT
    assert {key for key, _ in kept(table)} == {"3", "4"}


def test_frames_of_a_call_stack():
    table = CheckpointTable()
    table.add("a", "f(1)\ndef f(): return 1\ng()")
    told = [(frame.index, frame.place.checkpoint.line) for frame in table.stack([99, 1, 2, 3])]
    assert told == [(1, 1), (3, 3)]  # what ends at its return has called nobody
    assert [frame.index for frame in table.stack([1, 2])] == [0, 1]
    assert table.stack([]) == ()
