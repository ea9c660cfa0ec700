"""Set-up cells: which one replaces which, and which are due on a board."""

from dataclasses import dataclass

import pytest

from iot_kernel.boards.setup_cells import LONGEST_TITLE, SetupCell, SetupCells, running


@dataclass
class Board:
    """A board of which only the present run is asked."""

    url: str = "sim://a"
    uid: str = ""
    run: int = 1

    @property
    def info(self):
        return self if self.uid else None

    def run_id(self):
        return str(self.run)


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def cells():
    return SetupCells()


def marked(cells, board, code, number=1, cell_id=""):
    """A cell that the user has just run."""
    cell = SetupCell(cell_id, code, 2, number, board.run_id())
    cells.mark(board, cell)
    return cell


def codes(cells, board):
    return [cell.code for cell in cells.of(board)]


def run_due(cells, board, does=lambda cell: None):
    ran = []
    for cell in cells.due(board):
        with running(cell, board.run_id):
            ran.append(cell.code)
            does(cell)
    return ran


def test_due_after_a_restart_once_and_in_order(cells, board):
    marked(cells, board, "a")
    marked(cells, board, "b")
    assert run_due(cells, board) == []
    board.run += 1
    assert run_due(cells, board) == ["a", "b"]
    assert run_due(cells, board) == []


def test_a_changed_cell_takes_the_place_of_the_one_with_its_id(cells, board):
    marked(cells, board, "a", 1, "first")
    marked(cells, board, "b", 2, "second")
    marked(cells, board, "a2", 3, "first")
    assert codes(cells, board) == ["a2", "b"]
    assert [cell.number for cell in cells.of(board)] == [3, 2]


def test_without_an_id_the_text_decides(cells, board):
    marked(cells, board, "a\n")
    marked(cells, board, "b")
    marked(cells, board, "a", 3)
    marked(cells, board, "b", 4, "an id")
    assert [(cell.code, cell.number) for cell in cells.of(board)] == [("a", 3), ("b", 4)]
    marked(cells, board, "a", 5, "an id")
    assert [(cell.code, cell.number) for cell in cells.of(board)] == [("a", 5)]


def test_each_board_has_its_own(cells, board):
    other = Board("sim://b")
    marked(cells, board, "a", cell_id="1")
    marked(cells, other, "a2", cell_id="1")
    assert (codes(cells, board), codes(cells, other)) == (["a"], ["a2"])
    other.run += 1
    assert run_due(cells, board) == []
    assert run_due(cells, other) == ["a2"]


def test_a_board_is_known_by_its_uid_at_any_address(cells):
    marked(cells, Board("sim://a", "01:02"), "a")
    assert codes(cells, Board("ws://10.0.0.7", "01:02")) == ["a"]
    assert codes(cells, Board("sim://a", "03:04")) == []


def test_what_fails_stays_due_and_what_ran_before_it_does_not(cells, board):
    marked(cells, board, "a")
    marked(cells, board, "b")
    board.run += 1

    def fail(cell):
        if cell.code == "b":
            raise ZeroDivisionError

    for expected in (["a", "b"], ["b"]):
        ran = []
        with pytest.raises(ZeroDivisionError):
            run_due(cells, board, lambda cell, ran=ran: (ran.append(cell.code), fail(cell)))
        assert ran == expected
    assert run_due(cells, board) == ["b"]


def test_while_one_runs_only_those_before_it_are_due(cells, board):
    marked(cells, board, "a")
    second = marked(cells, board, "b")
    marked(cells, board, "c")
    board.run += 1
    with running(second, board.run_id):
        assert run_due(cells, board) == ["a"]
    assert run_due(cells, board) == ["c"]


def test_cells_that_restart_their_board_come_to_an_end(cells, board):
    for code in "ab":
        marked(cells, board, code)
    board.run += 1

    def restart(cell):
        board.run += 1

    assert run_due(cells, board, restart) == ["a", "b"]


def test_forgetting(cells, board):
    for number, code in enumerate("abc", 1):
        marked(cells, board, code, number, code)
    assert [cell.code for cell in cells.forget(board, [2])] == ["b"]
    cells.forget_cell("a")
    assert codes(cells, board) == ["c"]
    assert [cell.code for cell in cells.forget(board, [])] == ["c"]
    assert codes(cells, board) == []


def test_title():
    assert SetupCell("", "\n# what for\n  x = 1\ny", 2, 1).title == "x = 1"
    assert len(SetupCell("", "x" * 1000, 2, 1).title) == LONGEST_TITLE
    assert SetupCell("", "", 2, 1).title == ""
