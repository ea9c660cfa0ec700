"""Notebooks as tests: a kernel for each, cell after cell."""

import importlib.util
import xml.etree.ElementTree as ET

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell

import iot_kernel.testing.notebook_run  # noqa: F401  once for all runs in this process, see conftest.py
from tests.testing.cells import cell
from tests.testing.holder import held

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.board


CELLS = (
    new_markdown_cell("# Text"),
    cell("%connect sim://", "board"),
    cell("n = 1\nprint('same', n)", "compare", printed="same 1\n"),
    cell("print('now')", "compare", printed="once\n"),
    cell("print(3.14)", "compare-numbers", printed="3.15\n"),
    cell("print(3.14)", "compare-numbers=0.001", printed="3.15\n"),
    cell("  "),
    cell("1 // 0", "raises-exception"),
    cell("not to be run", "skip-execution"),
    cell("open('left', 'w').write('text')\nprint('before')\n1 // 0"),
    cell("print('never')"),
)


@pytest.fixture(scope="module")
def used():
    """What the one run of `CELLS` left, for all tests of it."""
    return {}


@pytest.fixture
def told(used, run, write, boards_of, pytester):
    """The run of `CELLS`, on a board that the next test uses as well."""
    if not used:
        write("docs/all.ipynb", *CELLS)
        write("docs/.ipynb_checkpoints/all-checkpoint.ipynb", cell("1 // 0"))
        board = boards_of("one")
        args = (
            "--notebooks",
            "--board",
            board.url,
            "--junitxml=report.xml",
            "--notebooks-output=out",
            "-v",
            "-rs",
        )
        test = "def test_after(board): assert board.files.listdir() == []"
        result = run("docs", "test_after.py", *args, "-v", "-rs", test_after=test)
        used["url"] = board.url
        used["outcomes"] = result.parseoutcomes()
        used["text"] = result.stdout.str()
        used["report"] = ET.parse(pytester.path / "report.xml")
        used["written"] = [nbformat.read(path, 4) for path in (pytester.path / "out/docs").iterdir()]
    return used


class TestOneNotebook:
    def test_each_cell_is_a_test(self, told):
        assert told["outcomes"] == {"passed": 5, "failed": 3, "skipped": 2}
        names = [case.get("name") for case in told["report"].iter("testcase")]
        assert names[:-1] == [f"cell {number}[{told['url']}]" for number in (1, 2, 3, 4, 5, 7, 8, 9, 10)]

    def test_what_differs_is_shown(self, told):
        assert "-once\n+now\n" in told["text"]
        assert "-3.15\n+3.14\n" in told["text"]

    def test_what_a_cell_raised_is_shown(self, told):
        part = told["text"].partition("cell 9[")[2].partition("_ all.ipynb: cell 9[")[2]
        assert "    print('before')\n    1 // 0\n\nTraceback (most recent call last):" in part
        assert "ZeroDivisionError" in part
        assert "iot_kernel/testing" not in part.partition("short test summary")[0]
        assert "Captured cell output call" in part

    def test_why_others_were_skipped(self, told):
        assert "all.ipynb, cell 8[" in told["text"]
        assert "]: it has the tag skip-execution" in told["text"]
        assert "]: cell 9, which runs before it, failed" in told["text"]

    def test_the_report_names_the_board(self, told):
        for case in told["report"].iter("testcase"):
            found = {each.get("name"): each.get("value") for each in case.iter("property")}
            assert found["board"] == told["url"]
            assert found["uid"]
            assert found["firmware"].startswith("micropython ")

    def test_it_is_written_as_it_was_run(self, told):
        (written,) = told["written"]
        assert written.cells[1].source == f"%connect {told['url']}"
        assert written.cells[3].outputs[0].text == "now\n"


def test_on_each_board(run, write, boards_of, pytester):
    write("one.ipynb", cell("%connect sim://", "board"), cell("pass", "raises-exception"))
    one, two = boards_of("one"), boards_of("two")
    result = run(
        "--notebooks", "--board", one.url, "--board", two.url, "-v", "one.ipynb", "--notebooks-output=out"
    )
    assert result.parseoutcomes() == {"passed": 2, "failed": 2}
    assert result.stdout.str().count("\nit has the tag raises-exception, and raised none\n") == 2
    order = [line for line in result.stdout.lines if "::cell" in line and "%]" in line]
    assert [one.url in line for line in order] == [True, True, False, False]
    assert len(list((pytester.path / "out").iterdir())) == 2


def test_one_cell_runs_those_before_it(run, write):
    write(
        "a.ipynb",
        cell("n = 1"),
        cell("n += 1"),
        cell("assert n == 2"),
        cell("1 / 0"),
        cell("pass"),
        kernel="python3",
    )
    run("--notebooks", "a.ipynb::cell 3", outcomes={"passed": 1})
    result = run("--notebooks", "a.ipynb::cell 5", outcomes={"failed": 1})
    result.stdout.fnmatch_lines(
        ["cell 4, which runs before it, failed: *", "ZeroDivisionError: division by zero"]
    )


def test_faults_of_cells(run, write):
    write("dies.ipynb", cell("import os\nos._exit(1)"), cell("pass"), kernel="python3")
    write("hangs.ipynb", cell("import time\ntime.sleep(600)"), cell("pass"), kernel="python3")
    write("unknown.ipynb", cell("pass"), cell("pass"), kernel="no-such-kernel")
    result = run("--notebooks", "--board-timeout=8", outcomes={"failed": 3, "skipped": 3})
    text = result.stdout.str()
    for said in (
        "the kernel died",
        "timeout: it took longer than 8 s, so the kernel was interrupted and ended",
        "its kernel 'no-such-kernel' is not installed; 'jupyter kernelspec list' says what is",
    ):
        assert f"\n{said}\n" in text
    assert "Traceback" not in text


def test_faults_of_boards(run, write):
    connect = cell("%connect sim://", "board")
    leaves = cell("import ffi\nffi.open(None).func('v', '_exit', 'i')(1)")
    write(
        "hangs.ipynb", connect, cell("import time\nprint('on')\nwhile True: time.sleep(0.01)"), cell("pass")
    )
    write("leaves.ipynb", connect, leaves, cell("pass"))
    after = "def test_after(board): assert board.exec('print(1)') == '1\\n'"
    result = run(
        "--notebooks", "--board-timeout=8", test_z=after, outcomes={"passed": 3, "failed": 2, "skipped": 2}
    )
    hangs, leaves = result.stdout.str().split("_ leaves.ipynb: cell 2")
    assert "timeout: it took longer than 8 s, so the kernel was interrupted and ended" in hangs
    assert "Captured cell output call ---------------------------\non\n" in hangs
    assert "ConnectionLostError: lost the connection to sim://" in leaves


def test_a_board_that_is_held_elsewhere(run, write, boards_of):
    board = boards_of("one")
    write("a.ipynb", cell("%connect sim://", "board"), cell("pass"))
    with held(board.url) as holder:
        outcomes = {"failed": 1, "skipped": 1}
        text = run("--notebooks", "--board", board.url, outcomes=outcomes).stdout.str()
    assert f"(process {holder.pid})" in text
    assert "Traceback" not in text


def test_files_that_are_no_notebooks_to_test(run, write, pytester):
    (pytester.path / "broken.ipynb").write_text('{"cells": [')
    (pytester.path / "other.ipynb").write_text("[1, 2]")
    write("none.ipynb", cell("pass"), kernel="")
    write("tags.ipynb", cell("pass", "compare-number"))
    write("python.ipynb", cell("pass", "board"), kernel="python3")
    result = run("--notebooks", outcomes={"errors": 5})
    text = result.stdout.str()
    assert text.count("this is no notebook that can be read: ") == 2
    assert "none.ipynb: it does not say which kernel it is for (kernelspec); choose one, and save it" in text
    assert "tags.ipynb: unknown tag 'compare-number'; there are 'compare'," in text
    assert "python.ipynb: a cell has the tag board, and the notebook's kernel 'python3' knows no" in text
    assert "Traceback" not in text


def test_only_where_they_are_asked_for(run, write):
    write("a.ipynb", cell("1 / 0"))
    run(test_it="def test_it(): pass", outcomes={"passed": 1})


def test_without_nbclient(run, write, monkeypatch):
    write("a.ipynb", cell("pass"))
    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "nbclient" else real(name))
    result = run("--notebooks")
    result.stderr.fnmatch_lines(["*needs nbclient, which is not installed: pip install nbclient nbformat"])
