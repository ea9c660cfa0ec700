"""How the benchmark judges figures."""

from bench.rows import Pair, Row, also, at_least, at_most, in_turns, with_peers


def test_figure_and_limit_take_turns_and_take_turns_in_beginning():
    order = []
    found = in_turns(lambda: order.append("ours") or 1.0, lambda: order.append("limit") or 2.0, 3)
    assert found == Pair((1.0, 1.0, 1.0), (2.0, 2.0, 2.0))
    assert order == ["limit", "ours", "ours", "limit", "limit", "ours"]


def test_the_ratio_is_that_of_medians_so_that_one_hiccup_does_not_count():
    pair = Pair((1.0, 90.0, 1.1, 1.2, 1.0), (2.0, 2.2, 2.4, 2.0, 0.1))
    assert (pair.figure, pair.limit, pair.ratio) == (1.1, 2.0, 0.55)
    assert pair.spread == (1.1 / 2.4, 90.0 / 2.2)


def test_a_rate_is_good_from_its_share_on():
    assert at_least("rate", Pair((5.0,), (10.0,)), "MB/s", 0.5, of="limit").good
    assert not at_least("rate", Pair((4.9,), (10.0,)), "MB/s", 0.5, of="limit").good


def test_a_time_is_good_up_to_its_multiple():
    assert at_most("time", Pair((20.0,), (10.0,)), "ms", 2, of="limit").good
    assert not at_most("time", Pair((20.1,), (10.0,)), "ms", 2, of="limit").good


def test_a_machine_half_as_fast_is_judged_the_same():
    fast, slow = Pair((5.0, 6.0), (10.0, 9.0)), Pair((2.5, 3.0), (5.0, 4.5))
    assert at_least("", fast, "", 0.55, of="").good is at_least("", slow, "", 0.55, of="").good is True
    assert at_least("", fast, "", 0.6, of="").good is at_least("", slow, "", 0.6, of="").good is False


def test_each_of_two_bars_has_to_be_kept():
    good = Row("what", "1 ms", good=True, bar="one")
    assert also(good, True, "two") == Row("what", "1 ms", good=True, bar="one, two")
    assert also(good, False, "two").good is False
    assert also(Row("what", "1 ms", good=False, bar="one"), True, "two").good is False


def test_peers_stand_beside_the_limit():
    row = with_peers(Row("what", "1 ms", "limit"), 1.0, {"a": 2.0, "b": None}, digits=1)
    assert row.beside == "limit, a 2.0 x0.50, b -"
