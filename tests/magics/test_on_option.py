"""The option --on of magics, on virtual boards that have names in a device file."""

import re
import threading
from typing import NamedTuple

import pytest

from iot_kernel.boards.errors import DeviceNotFoundError
from iot_kernel.device import board_connection
from iot_kernel.errors import ConnectError, ConnectReason, UsageError
from iot_kernel.magics.on_boards import TargetsFailedError
from iot_kernel.transports import create_transport
from iot_kernel.virtual_board.transport import board_uid
from tests.files.faulty import FaultyTransport, Harm, Unplug
from tests.opened import opened
from tests.packages.index import package_server
from tests.real_boards.virtual import VirtualBoard
from tests.scripted_board import ScriptedBoard

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("quiet_search")]

NAMES = ("left", "right", "far")
STATE = "kept = 1\nimport machine\nmachine.RTC().datetime((2021, 7, 30, 4, 13, 39, 37, 0))"


#: A row of the table: the name of a board, result, seconds, error.
ROW = re.compile(r"(\S+) +(.*?) *\d+\.\d{3}(?: +(.*))?")


class Row(NamedTuple):
    name: str
    result: str
    error: str


class Bench:
    """A notebook, and three boards that it can find by name.

    Attributes:
        boards: by name.
        unreachable: addresses at which nothing answers.
        harms: what happens on the way to an address, by that.
    """

    def __init__(self, notebook, devices, boards):
        self.notebook, self.devices, self.boards = notebook, devices, boards
        self.unreachable, self.harms = set(), {}

    def describe(self, **more):
        """Writes the device file."""
        entries = [
            f"{name}:\n  uid: {board_uid(board.directory)}\n{more.get(name, '')}"
            for name, board in self.boards.items()
        ]
        (self.devices / "bench.yaml").write_text("".join(entries))

    def plug_in(self, board):
        """Has a search find a board, and who it is."""
        with opened(board) as device:
            self.notebook.registry.remember(board.url, device.info, by_hand=True)

    def run(self, text):
        """Runs a magic; the rows of the table that it ends with, as `Row`."""
        self.notebook.run(text)
        return self.table()

    def table(self):
        *_, (bundle, _, _) = self.notebook.displays
        head, *rows = bundle["text/plain"].splitlines()
        assert head.split() == ["board", "result", "s", "error"]
        return [Row(*ROW.fullmatch(row).groups(default="")) for row in rows]

    def block(self, name):
        """What one board has shown."""
        return self.notebook.blocks[name].plain

    def device(self, name):
        """A board beside the current one."""
        uid = ":".join(re.findall("..", board_uid(self.boards[name].directory)))
        return next(each.device() for each in self.notebook.group.sessions if each.current.info.uid == uid)

    def transport(self, url, password=None):
        if url in self.unreachable:
            raise ConnectError(url, ConnectReason.MISSING, "unplugged")
        return FaultyTransport(create_transport(url, password=password), self.harms.setdefault(url, Harm()))


@pytest.fixture
def bench(notebook, devices, tmp_path, monkeypatch):
    boards = {name: VirtualBoard(tmp_path / name) for name in NAMES}
    bench = Bench(notebook, devices, boards)
    monkeypatch.setattr(board_connection, "create_transport", bench.transport)
    for board in boards.values():
        board.directory.mkdir()
    bench.describe()
    for board in boards.values():
        bench.plug_in(board)
    yield bench
    for board in boards.values():
        board.close()


def prepare(bench, names=NAMES):
    """Connects boards, and gives them a variable and a wrong clock."""
    bench.run(f"%gettime --on {' '.join(names)}")
    for name in names:
        bench.device(name).exec(STATE)


class TestEach:
    def test_info(self, bench):
        rows = bench.run("%info --on left right")
        assert [row.name for row in rows] == ["left", "right"]
        assert all(row.result.startswith("micropython 1.") for row in rows)
        for name in ("left", "right"):
            assert f"name            {name}\n" in bench.block(name)
            assert bench.boards[name].url in bench.block(name)

    def test_softreset(self, bench):
        prepare(bench)
        assert bench.run("%softreset --on right left") == [Row("right", "done", ""), Row("left", "done", "")]
        assert [bench.device(name).eval("'kept' in globals()") for name in NAMES] == [False, False, True]
        assert "!!!!!" not in bench.block("left")

    def test_synctime_and_gettime(self, bench):
        prepare(bench, ["left"])
        rows = bench.run("%synctime --on left right")
        assert re.fullmatch(r"set; it was [\d,]+ days slow", rows[0].result)
        assert re.fullmatch(r"was right|set; it was \d+ ms (fast|slow)", rows[1].result)
        now = bench.run("%gettime --on left right")
        assert all(re.fullmatch(r"\d{4}-\w{3}-\d\d \d\d:\d\d:\d\d", row.result) for row in now)
        assert now[0].result + "\n" == bench.block("left")

    def test_rsync_rdiff_and_rlist(self, bench):
        projects = bench.devices.parent / "iot_projects"
        for name in ("left", "right"):
            (projects / name).mkdir()
            (projects / name / "main.py").write_text(f"name = '{name}'")
        (projects / "right" / "tools.py").write_text("")
        bench.describe(left="  resources: [left]\n", right="  resources: [right]\n")
        assert [row.result for row in bench.run("%rdiff --on left right")] == ["add 1", "add 2"]
        assert [row.result for row in bench.run("%rsync --on left right")] == ["add 1", "add 2"]
        assert bench.block("left") == "ADD     /main.py\n"
        assert bench.block("right") == "ADD     /main.py\nADD     /tools.py\n"
        assert [row.result for row in bench.run("%rsync -u --on left right")] == ["directories match"] * 2
        assert bench.device("left").files.read("/main.py") == b"name = 'left'"
        assert [row.result for row in bench.run("%rlist / --on left right")] == ["done"] * 2
        assert "main.py" in bench.block("left")

    def test_upip_fetches_once_for_all(self, bench, monkeypatch):
        with package_server() as server:
            monkeypatch.setenv("IOT_PACKAGE_INDEX", server.index)
            server.publish("logs", {"logs.py": "LOGS = 1"})
            rows = bench.run("%upip install logs --on all")
            assert len(server.asked) == len(set(server.asked)) > 1
        assert all(row.result.startswith("1 file written (") for row in rows)
        assert {bench.device(name).eval("__import__('logs').LOGS") for name in NAMES} == {1}

    def test_a_directory_of_this_computer_is_none_of_several_boards(self, bench):
        with pytest.raises(TargetsFailedError):
            bench.notebook.run("%upip install ucore -t libs --on left right")
        assert "-t libs is a directory of this computer, which needs no --on" in bench.table()[0].error


class TestWhich:
    def test_names_uids_and_urls(self, bench):
        uid = board_uid(bench.boards["right"].directory)
        rows = bench.run(f"%gettime --on left {uid} {bench.boards['far'].url}")
        assert [row.name for row in rows] == ["left", uid, bench.boards["far"].url]

    def test_all_are_those_that_are_there(self, bench):
        bench.notebook.registry.forget("right")
        assert [row.name for row in bench.run("%gettime --on all")] == ["left", "far"]
        bench.plug_in(bench.boards["right"])  # the next time it is one of them
        assert [row.name for row in bench.run("%gettime --on all")] == ["left", "right", "far"]

    def test_the_current_board_stays_the_current_one(self, bench):
        bench.notebook.run("%connect far")
        current = bench.notebook.session.current
        bench.run("%gettime --on left right")
        bench.run("%gettime --on left far")
        assert bench.notebook.session.current is current
        assert bench.notebook.session.name == "far"

    def test_without_it_the_current_board(self, bench):
        bench.notebook.run("%connect far")
        assert re.fullmatch(r"\d{4}-.*\n", bench.notebook.run("%gettime"))

    def test_none_is_found(self, bench):
        bench.notebook.registry.forget_all()
        with pytest.raises(DeviceNotFoundError, match="no board is known"):
            bench.notebook.run("%gettime --on all")

    def test_one_that_nobody_knows(self, bench):
        with pytest.raises(TargetsFailedError, match=r"%gettime failed on 1 of 2: nosuch"):
            bench.notebook.run("%gettime --on nosuch left")
        assert bench.table()[0] == Row("nosuch", "", "No such device: nosuch")

    def test_a_board_is_named_once(self, bench):
        uid = board_uid(bench.boards["left"].directory)
        for names in ("left left", f"left {uid}", f"{bench.boards['left'].url} left"):
            with pytest.raises(UsageError, match="this is one board"):
                bench.notebook.run(f"%gettime --on {names}")
        with pytest.raises(UsageError, match="'all' stands alone"):
            bench.notebook.run("%gettime --on all left")

    def test_two_with_one_name_are_told_apart_by_uid(self, bench):
        text = (bench.devices / "bench.yaml").read_text().replace("right:", "left:")
        (bench.devices / "bench.yaml").write_text(text)
        uids = [board_uid(bench.boards[name].directory) for name in ("left", "right")]
        with pytest.raises(TargetsFailedError, match="failed on 1 of 2: left"):
            bench.notebook.run(f"%gettime --on left {uids[1]}")
        assert "bench.yaml, line 3: 'left' stands here twice (first in line 1)" in bench.table()[0].error
        assert [row.name for row in bench.run(f"%gettime --on {' '.join(uids)}")] == uids

    def test_it_takes_all_that_stands_behind_it(self, bench):
        with pytest.raises(UsageError, match="write '--on' last"):
            bench.notebook.run("%upip --on left right install logs")


class TestFaults:
    @pytest.mark.parametrize("magic", ["%info", "%softreset", "%synctime", "%rsync", "%upip install logs"])
    def test_a_board_that_leaves_in_the_middle(self, bench, magic, monkeypatch):
        monkeypatch.setattr(board_connection, "RETURN_TIMEOUT", 0.1)
        projects = bench.devices.parent / "iot_projects"
        (projects / "a.py").write_text("x = 1")
        bench.describe(**dict.fromkeys(NAMES, "  resources: [a.py]\n"))
        prepare(bench)
        url = bench.boards["right"].url
        bench.harms[url].to_board = Unplug(bench.boards["right"], 1)
        bench.unreachable.add(url)
        with package_server() as server:
            monkeypatch.setenv("IOT_PACKAGE_INDEX", server.index)
            server.publish("logs", {"logs.py": "LOGS = 1"})
            with pytest.raises(TargetsFailedError, match=r"failed on 1 of 3: right") as failed:
                bench.notebook.run(f"{magic} --on left right far")
        assert str(failed.value).startswith(magic.split()[0])
        rows = bench.table()
        assert [bool(row.result) for row in rows] == [True, False, True]
        assert [row.error.partition(":")[0] for row in rows] in (
            ["", "ConnectionLostError", ""],
            ["", "ConnectError", ""],  # a board that is reset may come back, and is waited for
        )

    def test_stop_ends_one_that_hangs_and_keeps_what_the_others_did(self, bench):
        silent = ScriptedBoard(lambda heard: None)
        heard = threading.Event()
        silent.answer = lambda data: heard.set()
        bench.harms[silent.url] = Harm()
        stopper = threading.Thread(
            target=lambda: (heard.wait(60), self.all_but_it(bench), bench.notebook.interrupt())
        )
        stopper.start()
        with pytest.raises(KeyboardInterrupt):
            bench.notebook.run(f"%gettime --on left {silent.url} right")
        stopper.join()
        silent.close()
        rows = bench.table()
        assert [row.error for row in rows] == ["", "KeyboardInterrupt", ""]

    def all_but_it(self, bench):
        """Waits until the others have answered."""
        while not all(bench.notebook.blocks[name].stdout for name in ("left", "right")):
            threading.Event().wait(0.01)
