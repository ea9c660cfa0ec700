"""The history of cells: the three ways to ask, sessions before this one, and files that cannot be used."""

import sqlite3

import pytest

from iot_kernel.kernel.history import MOST_LINES, History


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "history.sqlite"


@pytest.fixture
def history(path):
    history = History(path)
    yield history
    history.close()


def fill(history, *sources):
    for number, source in enumerate(sources, 1):
        history.add(number, source, f"out of {source}")


def sources(rows):
    return [row[2] for row in rows]


def test_tail_returns_the_last_lines_oldest_first(history):
    fill(history, "a", "b", "c")
    assert history.tail(2) == [(1, 2, "b"), (1, 3, "c")]
    assert sources(history.tail(None)) == ["a", "b", "c"]


def test_outputs_on_request(history):
    history.add(1, "a", "1")
    history.add(2, "b")
    assert history.tail(2, output=True) == [(1, 1, ("a", "1")), (1, 2, ("b", None))]


def test_sessions_before_this_one(path):
    for source in ("first", "second"):
        earlier = History(path)
        fill(earlier, source)
        earlier.close()
    history = History(path)
    fill(history, "now")
    assert history.tail(3) == [(1, 1, "first"), (2, 1, "second"), (3, 1, "now")]
    assert sources(history.range(0, 0, None)) == ["now"]
    assert sources(history.range(-1, 0, None)) == ["second"]
    assert sources(history.range(1, 0, None)) == ["first"]
    history.close()


def test_range_leaves_its_end_out(history):
    fill(history, "a", "b", "c", "d")
    assert sources(history.range(0, 2, 4)) == ["b", "c"]
    assert sources(history.range(1, 2, 3)) == ["b"]


def test_search_takes_glob_patterns(history):
    fill(history, "print(1)", "x = 1", "print(2)", "print(1)")
    assert sources(history.search("print*", None)) == ["print(1)", "print(2)", "print(1)"]
    assert sources(history.search("print*", None, unique=True)) == ["print(2)", "print(1)"]
    assert sources(history.search("*1*", 2)) == ["x = 1", "print(1)"]
    assert sources(history.search(None, 1)) == ["print(1)"]
    assert history.search("nothing", None) == []


def test_one_answer_has_a_limit(history):
    fill(history, *(str(number) for number in range(MOST_LINES + 5)))
    assert len(history.tail(10**9)) == MOST_LINES


def test_a_line_whose_number_comes_again_replaces_the_old_one(history):
    history.add(1, "a")
    history.add(1, "b")
    assert sources(history.tail(None)) == ["b"]


def test_two_kernels_share_the_file(path):
    one, two = History(path), History(path)
    fill(one, "one")
    fill(two, "two")
    assert sources(two.tail(None)) == ["two"]
    assert sources(one.tail(None)) == ["two", "one"]
    assert sources(two.tail(None)) == ["one", "two"]
    assert sources(two.search("*", 1)) == ["two"]
    one.close()
    two.close()


def test_lines_wait_while_another_kernel_holds_the_file(history, path, monkeypatch):
    monkeypatch.setattr("iot_kernel.kernel.history.LOCK_TIMEOUT", 0.0)
    fill(history, "a")
    history.save()
    history.add(2, "b")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    history._database.execute("PRAGMA busy_timeout = 0")
    history.save()
    assert sources(history.tail(None)) == ["a"]
    other.execute("ROLLBACK")
    other.close()
    assert sources(history.tail(None)) == ["a", "b"]


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 500])
def test_a_broken_file_costs_the_past_not_the_present(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    history = History(path)
    fill(history, "a")
    assert sources(history.tail(None)) == ["a"]
    history.close()
    assert path.read_bytes() == content


def test_without_a_file_the_session_is_remembered():
    history = History(None)
    fill(history, "a")
    assert sources(history.range(0, 1, None)) == ["a"]
    history.close()
    history.close()


def test_nothing_is_made_before_it_is_needed(history, path):
    assert not path.parent.exists()
    history.close()
    assert not path.parent.exists()
