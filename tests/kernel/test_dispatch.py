"""Executing cells: who gets them, silence, late output, and replies whatever happens."""

import asyncio
import threading
import time

import pytest

from iot_kernel.boards.board_group import BoardGroup
from iot_kernel.displays.message import BoardDisplay, DisplayKind
from iot_kernel.errors import HostDiedError, NotConnectedError
from iot_kernel.kernel import dispatch, wiring
from iot_kernel.kernel.dispatch import Dispatcher
from iot_kernel.magics.magic import MagicRegistry, cell_magic, line_magic
from iot_kernel.subkernel.channels import METADATA
from iot_kernel.syntax.cell import Target

DEADLINE = 30.0


class Subkernel:
    """Answers from a list, and keeps the requests."""

    running = True

    def __init__(self):
        self.requests = []
        self.answers = []
        self.interrupted = 0

    async def request(self, message, *, execution_count=None):
        self.requests.append(message)
        answer = self.answers.pop(0) if self.answers else {"status": "ok"}
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ask(self, kind, content, data):
        self.requests.append((kind, content, data))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def interrupt(self):
        self.interrupted += 1


class Session:
    current = None
    name = ""
    closed = False

    def device(self):
        raise NotConnectedError

    def close(self):
        self.closed = True


class Pipes:
    closed = False

    def __init__(self):
        self.problems = []

    def take_problems(self):
        problems, self.problems = self.problems, []
        return problems

    def environment(self):
        return {"UCORE_PIPE_PORT": "4711"}

    def close(self):
        self.closed = True


class Kernel:
    """A `Dispatcher` with its surroundings."""

    def __init__(self, target, monkeypatch):
        self.subkernel = Subkernel()
        self.session = Session()
        self.pipes = Pipes()
        self.shown = []
        self.stuck = threading.Event()
        self.release = threading.Event()
        monkeypatch.setattr(wiring, "load_wiring", self.load)
        self.dispatcher = Dispatcher(
            asyncio.get_running_loop(), self.subkernel, self.publish, self.ask, target
        )

    def ask(self, prompt, request, on_answer):
        raise AssertionError("no code asks here")

    def load(self, notice, stray, show):
        self.notice, self.stray, self.show = notice, stray, show

        @line_magic("stuck")
        def stuck(ctx, args):
            """Nothing ends it"""
            self.stuck.set()
            while not self.release.is_set():
                try:
                    time.sleep(0.01)
                except KeyboardInterrupt:
                    continue

        @cell_magic("host")
        def host(ctx, args, cell):
            """Host"""
            ctx.run_host(cell.source)

        @line_magic("ask")
        def ask(ctx, args):
            """Asks the host for a variable"""
            answer, data = ctx.ask_host({"question": "get"}, b"with it")
            ctx.out(f"{answer['status']} {data!r}")

        group = BoardGroup(self.session, None, None)
        return wiring.Wiring(self.session, None, MagicRegistry([stuck, host, ask]), self.pipes, group)

    def publish(self, kind, content, parent, metadata):
        self.shown.append((kind, content, parent["header"]["msg_id"]))

    async def run(self, code, number=1, **content):
        request = {
            "header": {"msg_id": f"m{number}", "msg_type": "execute_request"},
            "metadata": {"theirs": 1},
            "content": {"code": code, "silent": False, "store_history": True, **content},
        }
        return await self.dispatcher.execute(request, number)


@pytest.fixture
def play(monkeypatch):
    """Runs a coroutine function with a kernel of its own."""

    def play(scene, target=Target.BOARD):
        async def main():
            kernel = Kernel(target, monkeypatch)
            try:
                async with asyncio.timeout(DEADLINE):
                    await scene(kernel)
            finally:
                kernel.release.set()
                await kernel.dispatcher.close()

        asyncio.run(main())

    return play


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("%%host\nx = 1", Target.BOARD),
        ("%%latex\nx = 1", Target.BOARD),
        ("%%time\nx = 1", Target.HOST),
        ("%%host\n%%time\nx = 1", Target.BOARD),
        ("x = 1", Target.HOST),
        ("%timeit x\ny", Target.HOST),
        ("", Target.HOST),
    ],
)
def test_host_cells_go_on_whole(play, code, target):
    async def scene(kernel):
        assert (await kernel.run(code, 5))["status"] == "ok"
        (request,) = kernel.subkernel.requests
        assert request["content"]["code"] == code
        assert request["content"]["stop_on_error"] is False
        ours = {"execution_count": 5, "piece": 0, "magics": ["%stuck", "%ask", "%%host"]}
        assert request["metadata"] == {"theirs": 1, METADATA: ours}
        assert request["header"]["msg_id"] == "m5"

    play(scene, target)


@pytest.mark.parametrize("code", ["x = 1", "", "%stuck -h"])
def test_board_cells_do_not(play, code):
    async def scene(kernel):
        await kernel.run(code)
        assert kernel.subkernel.requests == []

    play(scene)


def test_a_magic_asks_the_host_for_variables(play):
    async def scene(kernel):
        kernel.subkernel.answers = [({"status": "ok"}, b"answer")]
        assert (await kernel.run("%ask"))["status"] == "ok"
        assert kernel.subkernel.requests == [("values_request", {"question": "get"}, b"with it")]
        assert kernel.shown[-1][1]["text"] == "ok b'answer'"

    play(scene)


@pytest.mark.parametrize(
    ("answer", "ename"),
    [
        (None, "KeyboardInterrupt"),
        (HostDiedError("x"), "HostDiedError"),
    ],
)
def test_a_host_that_does_not_answer_a_magic(play, answer, ename):
    async def scene(kernel):
        kernel.subkernel.answers = [answer]
        assert (await kernel.run("%ask"))["ename"] == ename

    play(scene)


def test_pieces_of_a_cell_are_told_apart(play):
    async def scene(kernel):
        await kernel.run("%timeit x\n%timeit x", 3)
        pieces = [request["metadata"][METADATA]["piece"] for request in kernel.subkernel.requests]
        history = [request["content"]["store_history"] for request in kernel.subkernel.requests]
        assert (pieces, history) == ([0, 1], [True, False])

    play(scene)


def test_silent_requests_reach_only_the_host(play):
    async def scene(kernel):
        assert (await kernel.run("x = 1", silent=True))["status"] == "ok"
        assert kernel.subkernel.requests == []
        await kernel.run("%%host\nx", silent=True)
        assert len(kernel.subkernel.requests) == 1
        assert kernel.shown == []

    play(scene)


def test_late_output_belongs_to_the_last_cell(play):
    async def scene(kernel):
        await kernel.run("", 1)
        await kernel.run("", 2)
        await kernel.run("%%host\nx", 3, silent=True)
        await asyncio.to_thread(kernel.stray, "late\n")
        await asyncio.to_thread(kernel.notice, "gone")
        await asyncio.to_thread(kernel.show, BoardDisplay(DisplayKind.CLEAR))
        while len(kernel.shown) < 3:  # noqa: ASYNC110  another thread sends them
            await asyncio.sleep(0.01)
        assert kernel.shown == [
            ("stream", {"name": "stdout", "text": "late\n"}, "m2"),
            ("stream", {"name": "stderr", "text": "gone\n"}, "m2"),
            ("clear_output", {"wait": False}, "m2"),
        ]

    play(scene)


@pytest.mark.parametrize(
    ("answer", "ename"),
    [
        (HostDiedError("signal 11"), "HostDiedError"),
        (None, "KeyboardInterrupt"),
    ],
)
@pytest.mark.parametrize("code", ["%%host\nx", "%timeit x"])
def test_every_end_of_a_host_cell_is_a_reply(play, code, answer, ename):
    async def scene(kernel):
        kernel.subkernel.answers = [answer]
        reply = await kernel.run(code)
        assert (reply["status"], reply["ename"]) == ("error", ename)
        assert [kind for kind, *_ in kernel.shown] == ["error"]

    play(scene)


def test_a_silent_cell_fails_silently(play):
    async def scene(kernel):
        kernel.subkernel.answers = [HostDiedError("signal 9")]
        assert (await kernel.run("%%host\nx", silent=True))["ename"] == "HostDiedError"
        assert kernel.shown == []

    play(scene)


def test_what_cannot_be_loaded_is_reported_and_tried_again(play, monkeypatch):
    async def scene(kernel):
        load = kernel.load

        def broken(notice, stray, show):
            raise RuntimeError("no magics")

        monkeypatch.setattr(wiring, "load_wiring", broken)
        assert (await kernel.run("x"))["ename"] == "RuntimeError"
        monkeypatch.setattr(wiring, "load_wiring", load)
        assert (await kernel.run("x"))["ename"] == "NotConnectedError"

    play(scene)


def test_a_cell_that_nothing_ends_still_gets_a_reply(play, monkeypatch):
    monkeypatch.setattr(dispatch, "ABANDON_AFTER", 0.1)

    async def scene(kernel):
        running = asyncio.ensure_future(kernel.run("%stuck", 1))
        await asyncio.to_thread(kernel.stuck.wait, DEADLINE)
        kernel.dispatcher.interrupt()
        reply = await running
        assert reply["ename"] == "KeyboardInterrupt"
        assert "background" in reply["evalue"]
        assert (await kernel.run("", 2))["status"] == "ok"
        assert kernel.subkernel.interrupted == 0

    play(scene)


async def stop_with_patience(kernel, monkeypatch, *seconds):
    """Starts a cell that nothing ends, and stops it several times, each time with another patience."""
    running = asyncio.ensure_future(kernel.run("%stuck", 1))
    await asyncio.to_thread(kernel.stuck.wait, DEADLINE)
    for patience in seconds:
        monkeypatch.setattr(dispatch, "ABANDON_AFTER", patience)
        kernel.dispatcher.interrupt()
    return running


def test_the_second_stop_has_as_much_time_as_the_first(play, monkeypatch):
    async def scene(kernel):
        running = await stop_with_patience(kernel, monkeypatch, 0.1, DEADLINE)
        await asyncio.sleep(0.2)
        assert not running.done()
        kernel.release.set()
        assert "background" not in (await running).get("evalue", "")

    play(scene)


def test_more_stops_add_no_time(play, monkeypatch):
    async def scene(kernel):
        running = await stop_with_patience(kernel, monkeypatch, DEADLINE, 0.1, DEADLINE)
        reply = await asyncio.wait_for(running, DEADLINE / 2)
        assert "background" in reply["evalue"]

    play(scene)


def test_a_cell_may_end_after_this_computer_stood_still(play, monkeypatch):
    monkeypatch.setattr(dispatch, "STOOD_STILL", 0.05)

    async def scene(kernel):
        running = await stop_with_patience(kernel, monkeypatch, 0.1)
        monkeypatch.setattr(dispatch, "ABANDON_AFTER", DEADLINE)
        loop = asyncio.get_running_loop()
        loop.call_soon(time.sleep, 0.2)
        loop.call_later(0.11, kernel.release.set)
        reply = await running
        assert reply["ename"] == "KeyboardInterrupt"
        assert "background" not in reply["evalue"]

    play(scene)


def test_an_interrupt_of_a_host_cell_goes_to_the_host(play):
    async def scene(kernel):
        kernel.dispatcher.interrupt()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert kernel.subkernel.interrupted == 1

    play(scene)


def test_close_lets_the_boards_go(play):
    async def scene(kernel):
        await kernel.run("")
        assert not kernel.session.closed
        await kernel.dispatcher.close()
        assert kernel.session.closed
        assert kernel.pipes.closed

    play(scene)


def test_close_does_not_wait_for_a_board_that_hangs(play, monkeypatch):
    monkeypatch.setattr(dispatch, "CLOSE_TIMEOUT", 0.05)

    async def scene(kernel):
        await kernel.run("")
        release = threading.Event()
        kernel.session.close = lambda: release.wait(DEADLINE) and None
        await kernel.dispatcher.close()
        release.set()

    play(scene)


def test_host_cells_find_the_pipes(play):
    async def scene(kernel):
        assert await kernel.dispatcher.subkernel_environment() == {"UCORE_PIPE_PORT": "4711"}

    play(scene)


def test_where_there_are_no_pipes_host_cells_run_all_the_same(play, monkeypatch):
    async def scene(kernel):
        def broken(notice, stray, show):
            raise RuntimeError("no pipes")

        monkeypatch.setattr(wiring, "load_wiring", broken)
        assert await kernel.dispatcher.subkernel_environment() == {}

    play(scene)


def test_problems_of_pipes_are_told_once(play):
    async def scene(kernel):
        kernel.pipes.problems = ["the port is taken"]
        for _ in range(2):
            await kernel.run("x")
        texts = [content["text"] for kind, content, _ in kernel.shown if kind == "stream"]
        assert texts == ["the port is taken\n"]

    play(scene)


def test_the_debugger_is_loaded_when_a_frontend_begins_to_debug(play):
    async def nothing(request):
        return None

    async def scene(kernel):
        for command, is_loaded in (("debugInfo", False), ("initialize", True), ("debugInfo", True)):
            assert await kernel.dispatcher.answer_debugger({"command": command}, nothing) is None
            assert (kernel.dispatcher._debugging.debugger is not None) is is_loaded

    play(scene)


def test_the_last_error_is_kept_wherever_the_cell_ran(play):
    async def scene(kernel):
        last = (await kernel.dispatcher.wiring()).last_error
        await kernel.run("x")
        assert last.text.startswith("NotConnectedError: no board is connected")
        kernel.subkernel.answers = [{"status": "error", "ename": "TimeoutError", "evalue": "no samples"}]
        await kernel.run("%%host\nx")
        assert last.text == "TimeoutError: no samples"
        await kernel.run("%nosuch", silent=True)
        await kernel.run("%%host\nx")
        assert last.text == "TimeoutError: no samples"

    play(scene)
