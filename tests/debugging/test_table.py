"""Numbers of checkpoints are given out once, and each is known for good."""

from iot_kernel.debugging.table import CheckpointTable
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


def test_frames_of_a_call_stack():
    table = CheckpointTable()
    table.add("a", "f(1)\ndef f(): return 1\ng()")
    told = [(frame.index, frame.place.checkpoint.line) for frame in table.stack([99, 1, 2, 3])]
    assert told == [(1, 1), (3, 3)]  # what ends at its return has called nobody
    assert [frame.index for frame in table.stack([1, 2])] == [0, 1]
    assert table.stack([]) == ()
