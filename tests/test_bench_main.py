"""How the benchmarks end."""

import sys
import types

import pytest

import bench.__main__ as benchmarks
from bench.rows import Row

GOOD, BAD, UNJUDGED = Row("a", "1 ms", good=True), Row("b", "2 ms", good=False), Row("c", "3 ms")


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs a benchmark that measures some rows; returns what is said at its end, and the page."""
    page = tmp_path / "page.md"
    page.write_text("<!-- bench: machine one -->\n```\nold\n```\n")

    def run(rows, *options):
        module = types.ModuleType("bench.one")
        module.measure = lambda: iter(rows)
        monkeypatch.setattr(benchmarks, "ALL", {"one": module})
        monkeypatch.setattr(sys, "argv", ["bench", *options, "--write", str(page)])
        try:
            benchmarks.main()
        except SystemExit as ended:
            return ended.code, page.read_text()
        return None, page.read_text()

    return run


def test_it_fails_where_figures_miss_their_bars(run):
    said, page = run([GOOD, BAD, BAD])
    assert said == "2 figures miss their bars"
    assert str(BAD) in page  # they are written all the same


def test_figures_that_keep_their_bars_or_have_none_are_fine(run):
    assert run([GOOD, UNJUDGED])[0] is None


def test_with_quick_figures_mean_nothing(run, monkeypatch):
    monkeypatch.setattr(benchmarks, "QUICK", {})
    assert run([BAD], "--quick")[0] is None
