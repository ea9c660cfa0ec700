"""What waits to be sent: in order, merged, bounded, and what is said of the rest."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.kernel.backlog import BACKLOG, LATER, PIECE, TAIL, Backlog, Later


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(min_size=1, max_size=9))))
def test_gives_back_what_it_took_in_order(chunks):
    backlog = Backlog()
    for chunk in chunks:
        backlog.add(*chunk)
    pieces = list(iter(backlog.take, None))
    for name in ("stdout", "stderr"):
        expected = "".join(text for which, text in chunks if which == name)
        assert "".join(text for which, text in pieces if which == name) == expected
    names = [name for name, _ in pieces]
    assert all(a != b for a, b in itertools.pairwise(names)), "neighbours were not merged"


def test_cuts_long_text_into_pieces():
    backlog = Backlog()
    backlog.add("stdout", "x" * (2 * PIECE + 1))
    assert [len(text) for _, text in iter(backlog.take, None)] == [PIECE, PIECE, 1]


def test_merges_many_small_chunks_into_one_piece():
    backlog = Backlog()
    for number in range(5000):
        backlog.add("stdout", f"{number}\n")
    assert [name for name, _ in iter(backlog.take, None)] == ["stdout"]


def test_counts_what_exceeds_its_size():
    backlog = Backlog()
    backlog.add("stdout", "x" * BACKLOG)
    backlog.add("stdout", "y" * 1234)
    pieces = list(iter(backlog.take, None))
    assert sum(len(text) for name, text in pieces if name == "stdout") == BACKLOG
    assert pieces[-1] == ("stderr", "\n[1,234 characters of output left out]\n")


def test_says_where_text_was_left_out():
    backlog = Backlog()
    backlog.add("stdout", "x" * BACKLOG)
    backlog.add("stdout", "y" * 10)
    while backlog.take() is not None and backlog._size:
        pass
    backlog.add("stdout", "after")
    assert list(iter(backlog.take, None)) == [
        ("stderr", "\n[10 characters of output left out]\n"),
        ("stdout", "after"),
    ]


def test_cut_keeps_the_tail():
    backlog = Backlog()
    backlog.add("stdout", "x" * 100_000)
    backlog.add("stderr", "end")
    backlog.cut()
    assert list(iter(backlog.take, None)) == [
        ("stderr", f"\n[{100_003 - TAIL:,} characters of output left out]\n"),
        ("stdout", "x" * (TAIL - 3)),
        ("stderr", "end"),
    ]


def test_cut_leaves_little_text_alone():
    backlog = Backlog()
    backlog.add("stdout", "x" * TAIL)
    backlog.cut()
    assert list(iter(backlog.take, None)) == [("stdout", "x" * TAIL)]


def later(size=10, replaces=""):
    return Later(list, size, replaces)


def test_messages_keep_their_place():
    backlog, first, second = Backlog(), later(), later()
    for part in ("a", "b", first, "c", second):
        backlog.add_later(part) if isinstance(part, Later) else backlog.add("stdout", part)
    assert list(iter(backlog.take, None)) == [("stdout", "ab"), first, ("stdout", "c"), second]


def test_of_updates_that_wait_the_last_counts():
    backlog = Backlog()
    updates = [later(replaces=name) for name in "abaab"]
    other = later()
    for update in (*updates[:2], other, *updates[2:]):
        backlog.add_later(update)
    assert list(iter(backlog.take, None)) == [other, updates[3], updates[4]]


def test_an_update_that_was_sent_is_not_taken_back():
    backlog, first, second = Backlog(), later(replaces="a"), later(replaces="a")
    backlog.add_later(first)
    assert backlog.take() is first
    backlog.add_later(second)
    assert backlog.take() is second


def test_displays_that_exceed_its_size_are_counted():
    backlog = Backlog()
    kept = [later(BACKLOG // 2), later(BACKLOG // 2)]
    for each in (*kept, later(1), later(2000)):
        backlog.add_later(each)
    assert list(iter(backlog.take, None)) == [*kept, ("stderr", "\n[2 displays left out]\n")]


def test_small_messages_are_bounded_too():
    backlog = Backlog()
    for _ in range(BACKLOG // LATER + 5):
        backlog.add_later(later(0))
    assert list(iter(backlog.take, None))[-1] == ("stderr", "\n[5 displays left out]\n")


def test_cut_keeps_the_last_displays():
    backlog = Backlog()
    many = [later(0) for _ in range(100)]
    for each in many:
        backlog.add_later(each)
    backlog.add("stdout", "end")
    backlog.cut()
    kept = list(iter(backlog.take, None))
    assert kept[1:] == [*many[-(len(kept) - 2) :], ("stdout", "end")]
    assert kept[0] == ("stderr", f"\n[{102 - len(kept)} displays left out]\n")
    assert len(kept) - 2 <= TAIL // LATER + 1
    assert backlog._size == 0
