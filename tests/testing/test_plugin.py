"""Tests on boards, as people write and run them."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from iot_kernel.api import snapshots
from iot_kernel.testing import board_use, watchdog
from tests.testing.holder import held

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.board

#: Leaves as much behind as a test can, for the next one to find.
MESS = """
def test_first(board):
    board.exec("x = 1")
    board.files.write_bytes("/lib/.hidden", b"data")
    board.files.write_bytes("/boot.py", b"while True: pass")
    board.files.write_bytes("/kept.py", b"changed")

def test_second(board):
    assert board.exec("print('x' in globals())") == "False\\n"
    names = [name for _, directories, files in board.files.walk() for name in [*directories, *files]]
    assert names in ([], ["kept.py"])
    if names:
        assert board.files.read_bytes("kept.py") == b"kept = 1"
"""


def properties(pytester):
    cases = ET.parse(pytester.path / "report.xml").iter("testcase")
    return {
        case.get("name"): {each.get("name"): each.get("value") for each in case.iter("property")}
        for case in cases
    }


def test_each_test_gets_a_clean_board(run):
    run(test_it=MESS, outcomes={"passed": 2})


def test_on_each_board_that_is_named(run, pytester, boards_of):
    one, two = boards_of("one"), boards_of("two", heap="1M")
    two.directory.mkdir()
    (two.directory / "kept.py").write_text("kept = 1")
    args = ("--board", one.url, "--board", two.url, "--junitxml=report.xml", "-v")
    result = run(*args, test_it=MESS, outcomes={"passed": 4})
    result.stdout.fnmatch_lines([f"boards: {one.url}, {two.url}"])
    assert f"test_first[{two.url}] PASSED" in result.stdout.str()
    assert (two.directory / "kept.py").read_text() == "kept = 1"
    assert [path.name for path in one.directory.iterdir()] == []
    told = properties(pytester)
    assert told[f"test_first[{one.url}]"]["board"] == one.url
    assert told[f"test_first[{one.url}]"]["firmware"].startswith("micropython 1.")
    uids = {told[f"test_first[{board.url}]"]["uid"] for board in (one, two)}
    assert len(uids) == 2
    assert "" not in uids


def test_the_ini_file_may_say_it(run, pytester, boards_of):
    board = boards_of("one")
    pytester.makeini(f"[pytest]\nboards = {board.url}\nboard_timeout = 7.5\nboard_files = none\n")
    code = """
    def test_it(board, request):
        from iot_kernel.testing.options import SETTINGS
        settings = request.config.stash[SETTINGS]
        assert (settings.timeout, settings.files) == (7.5, None)
        assert board.url == request.config.getini("boards")[0]
        board.files.write_bytes("stays", b"")
    """
    run(test_it=code, outcomes={"passed": 1})
    assert (board.directory / "stays").exists()


def test_one_directory_of_its_files(run, boards_of):
    board = boards_of("one")
    (board.directory / "data").mkdir(parents=True)
    code = """
    def test_it(board):
        board.files.write_bytes("/data/gone", b"")
        board.files.write_bytes("/stays", b"")
    """
    run("--board", board.url, "--board-files", "/data", test_it=code, outcomes={"passed": 1})
    assert sorted(path.name for path in board.directory.rglob("*")) == ["data", "stays"]


def test_more_files_than_are_kept(run, boards_of, monkeypatch):
    monkeypatch.setattr(snapshots, "LARGEST_SNAPSHOT", 3)
    board = boards_of("one")
    board.directory.mkdir()
    (board.directory / "large").write_text("1234")
    text = run("--board", board.url, test_it=MESS, outcomes={"errors": 2}).stdout.str()
    assert "the files have 4 bytes, and a snapshot keeps 3 bytes; --board-files DIR puts back one" in text
    assert (board.directory / "large").exists()


def test_a_project_may_have_a_fixture_of_its_own(run):
    own = "import pytest\n@pytest.fixture\ndef board(): return 'mine'\n"
    run(conftest=own, test_it="def test_it(board): assert board == 'mine'", outcomes={"passed": 1})


def test_what_a_test_needs(run):
    code = """
    import pytest
    needs = pytest.mark.needs

    @needs("threads", "linux", "micropython", "psram", "asyncio")
    def test_has(board): assert "_thread" not in board.exec("print(dir())")

    @needs("rp2", "esp32", "bluetooth", "circuitpython")
    def test_has_not(board): raise AssertionError

    @needs("port:linux", "port:another")
    def test_ports(board): pass

    @needs("thread")
    def test_means_nothing(board): pass

    @needs("thread")
    def test_of_another_plugin(): pass
    """
    result = run("-rs", test_it=code, outcomes={"passed": 3, "skipped": 1, "errors": 1})
    text = result.stdout.str()
    assert "needs bluetooth, port rp2 or esp32, circuitpython; this board is micropython on linux" in text
    assert "needs('thread'): this is no feature (asyncio," in text
    assert "write 'port:thread'" in text
    assert "Traceback" not in text


class TestTimeouts:
    CODE = """
    import pytest, iot_kernel

    def test_interrupted(board):
        board.exec("print('so far')\\nimport time\\nwhile True: time.sleep(0.01)")

    def test_swallows_it(board):
        try:
            board.exec("import time\\nwhile True: time.sleep(0.01)")
        except iot_kernel.DeviceError:
            pass

    def test_of_a_deaf_program(board):
        board.exec(
            "import time\\nwhile True:\\n try:\\n  while True: time.sleep(0.01)\\n except BaseException: pass"
        )

    @pytest.fixture
    def slow(board):
        board.exec("import time\\nwhile True: time.sleep(0.01)")

    def test_fixture(slow): pass

    @pytest.fixture
    def slow_end(board):
        yield
        board.exec("import time\\nwhile True: time.sleep(0.01)")

    def test_end(slow_end): pass

    @pytest.mark.board_timeout(0)
    def test_has_all_the_time(board): board.exec("import time; time.sleep(0.6)")

    def test_next(board): assert board.eval("1 + 1") == 2
    """

    def test_each_phase(self, run, monkeypatch):
        monkeypatch.setattr(watchdog, "GRACE", 0.5)
        monkeypatch.setattr(board_use, "GRACE", 0.5)
        outcomes = {"failed": 3, "passed": 3, "errors": 2}
        text = run("--board-timeout", "0.5", test_it=self.CODE, outcomes=outcomes).stdout.str()
        took = "timeout: it took longer than 0.5 s, so the board was interrupted"
        head = r"^_+ (?:ERROR at \w+ of )?(test_\w+)\[.*?_$\n(.*?)(?=^_{5}|^={5})"
        parts = dict(re.findall(head, text, re.DOTALL | re.MULTILINE))
        assert parts.keys() == {
            "test_interrupted",
            "test_swallows_it",
            "test_of_a_deaf_program",
            "test_fixture",
            "test_end",
        }
        assert all(took in part for part in parts.values())
        interrupted = parts["test_interrupted"]
        assert "test_it.py:4: board.exec(\"print('so far')" in interrupted
        assert 'File "<stdin>", line 3, in <module>' in interrupted
        assert interrupted.endswith("Captured board output call --------------------------\nso far\n")
        assert "The test has gone on after that" in parts["test_swallows_it"]
        closed = "within 0.5 s, so the link was closed, and it was connected again and reset"
        assert f"that did not end it {closed}" in parts["test_of_a_deaf_program"]

    def test_who_debugs_has_all_the_time(self, run):
        code = """
        import time

        def test_it(board, request):
            request.config.hook.pytest_enter_pdb(config=request.config, pdb=None)
            board.exec("import time; time.sleep(0.5)")
        """
        run("--board-timeout", "0.2", test_it=code, outcomes={"passed": 1})


class TestFaults:
    def test_a_board_that_leaves_in_the_middle_of_a_test(self, run, boards_of):
        code = """
        def test_leaves(board):
            board.exec("import ffi\\nffi.open(None).func('v', '_exit', 'i')(1)")

        def test_next(board): assert board.eval("1 + 1") == 2
        """
        result = run(test_it=code, outcomes={"failed": 1, "passed": 1})
        result.stdout.fnmatch_lines(["E*ConnectionLostError: lost the connection to sim://*"])
        assert "iot_kernel/api" not in result.stdout.str()

    def test_one_that_stays_away_and_comes_back(self, run, boards_of):
        board = boards_of("one")
        gone = board.directory.with_name("gone")
        code = f"""
        import os, pathlib
        from iot_kernel.testing import board_under_test
        board_under_test.PATIENCE = 0.0
        directory = pathlib.Path({str(board.directory)!r})

        def test_leaves(board):
            directory.rename({str(gone)!r})
            directory.write_text("no directory")
            board.exec("import ffi\\nffi.open(None).func('v', '_exit', 'i')(1)")

        def test_while_it_is_away(board): pass

        def test_comes_back():
            directory.unlink()
            pathlib.Path({str(gone)!r}).rename(directory)

        def test_again(board): assert board.eval("1 + 1") == 2
        """
        result = run("--board", board.url, test_it=code, outcomes={"failed": 1, "passed": 2, "errors": 2})
        text = result.stdout.str()
        assert "cannot be put back as it was before test_it.py::test_leaves[sim://" in text
        assert "Another try, with a reset, failed: cannot use " in text

    def test_one_that_cannot_be_cleaned(self, run, boards_of):
        board = boards_of("one")
        deep = board.directory / "d"
        code = f"""
        import shutil
        from iot_kernel.testing import board_under_test
        board_under_test.PATIENCE = 0.0

        def test_digs(board):
            board.exec("import os\\nfor n in range(40):\\n os.mkdir('d')\\n os.chdir('d')")

        def test_after_it(board): pass

        def test_helps(): shutil.rmtree({str(deep)!r})

        def test_next(board): assert board.eval("1 + 1") == 2
        """
        result = run("--board", board.url, test_it=code, outcomes={"passed": 3, "errors": 2})
        at_end, after = result.stdout.str().split("ERROR at setup of test_after_it")
        assert "cannot be put back as it was before test_it.py::test_digs[" in at_end
        assert "directories more than 32 levels deep" in at_end
        assert "cannot be put back as it was before test_it.py::test_digs[" in after
        assert "Another try, with a reset, failed:" in after

    def test_a_wrong_url(self, run):
        result = run("--board", "sim://?nonsense=1", test_it=MESS, outcomes={"errors": 2})
        result.stdout.fnmatch_lines(["*no option 'nonsense' (there are boot, *"])
        assert "Traceback" not in result.stdout.str()
        result = run("--board", "nobody", test_it=MESS, outcomes={"errors": 2})
        result.stdout.fnmatch_lines(["*nobody*"])

    def test_a_board_that_is_held_elsewhere(self, run, boards_of):
        board = boards_of("one")
        with held(board.url) as holder:
            result = run("--board", board.url, test_it=MESS, outcomes={"errors": 2})
        result.stdout.fnmatch_lines([f"*is in use by * (process {holder.pid})*"])
        assert "Traceback" not in result.stdout.str()

    def test_options_that_make_no_sense(self, run):
        for args, text in (
            (("--board", ""), "this is no board; name a url"),
            (("--board-timeout", "-1"), "-1.0 is no number of seconds"),
        ):
            result = run(*args, test_it="")
            result.stderr.fnmatch_lines([f"*{text}*"])


def test_the_report_shows_what_the_board_printed(run):
    code = """
    import threading

    def test_it(board):
        board.exec("print('returned')")
        board.exec("print('taken')", on_output=lambda text: None)
        board.run(lambda_free)
        board.exec("1 // 0")

    def lambda_free():
        print("from a function")

    def test_much(board):
        board.exec("for n in range(20000): print('line', n)")
        raise AssertionError
    """
    text = run(test_it=code, outcomes={"failed": 2}).stdout.str()
    first, much = text.split("_ test_much")[0], text.split("_ test_much")[1]
    section = first.partition("Captured board output call")[2]
    for said in ("returned", "taken", "from a function"):
        assert f"\n{said}\n" in section
    assert 'File "<stdin>", line 1, in <module>' in first
    assert "ZeroDivisionError" in first
    assert "characters before this are left out]" in much
    assert "line 19999" in much
    assert "line 100\n" not in much


def test_pytest_loads_nothing_heavy_with_it():
    program = "import sys, pytest\nbefore = set(sys.modules)\nimport iot_kernel.testing.plugin\n"
    program += "print(*sorted(name for name in set(sys.modules) - before))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert {name for name in loaded.split() if not name.startswith("iot_kernel")} <= {"importlib.util"}
    assert set(loaded.split()) >= {"iot_kernel.testing.options"}
    assert len(loaded.split()) < 6
