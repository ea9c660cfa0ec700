"""What the kernel itself decides about cells; the rest is tested through the real kernel."""

import asyncio
from types import SimpleNamespace

import pytest

from iot_kernel.kernel import kernel as kernel_module
from iot_kernel.kernel.cell_help import Told
from iot_kernel.kernel.completion import AskHost, Completions
from iot_kernel.kernel.kernel import IoTKernel
from tests.kernel.frontend import Frontend


class Dispatcher:
    """Ends each cell when it is told to, with its code as the status of the reply."""

    def __init__(self):
        self.ran = []
        self.end = asyncio.Event()

    async def execute(self, request, number):
        await self.end.wait()
        self.ran.append(number)
        return {"status": request["content"]["code"]}


def play(scene):
    """Runs a scene with a frontend of the kernel and with what executes its cells."""

    async def main():
        frontend = Frontend(IoTKernel)
        frontend.kernel.dispatcher = Dispatcher()
        frontend.kernel.history = SimpleNamespace(add=lambda *_: None, save=lambda: None)
        frontend.kernel._loop = asyncio.get_running_loop()
        await scene(frontend, frontend.kernel.dispatcher)

    asyncio.run(main())


def cell(frontend, code, **content):
    return frontend.send("execute_request", code=code, silent=False, **content)


def statuses(frontend):
    return [reply["content"]["status"] for reply in frontend.replies]


def test_all_cells_that_wait_behind_a_failed_one_are_dropped():
    async def scene(frontend, dispatcher):
        cells = [await cell(frontend, code) for code in ("error", *["ok"] * 20)]
        dispatcher.end.set()
        await asyncio.gather(*cells)
        assert statuses(frontend) == ["error", *["aborted"] * 20]
        assert dispatcher.ran == [1]
        reply = frontend.replies[-1]
        assert (reply["msg_type"], reply["content"]) == ("execute_reply", {"status": "aborted"})
        assert reply["metadata"].keys() == {"started", "status"}
        assert frontend.published[-1]["content"] == {"execution_state": "idle"}
        await (await cell(frontend, "ok"))
        assert statuses(frontend)[-1] == "ok"

    play(scene)


@pytest.mark.parametrize("content", [{"stop_on_error": False}, {"silent": True}])
def test_a_failure_that_stops_nothing(content):
    async def scene(frontend, dispatcher):
        request = {"code": "error", "silent": False, **content}
        cells = [await frontend.send("execute_request", **request), await cell(frontend, "ok")]
        dispatcher.end.set()
        await asyncio.gather(*cells)
        assert statuses(frontend) == ["error", "ok"]

    play(scene)


def test_only_cells_are_dropped():
    async def scene(frontend, dispatcher):
        tasks = [await cell(frontend, "error"), await frontend.send("kernel_info_request")]
        dispatcher.end.set()
        await asyncio.gather(*tasks)
        assert sorted(statuses(frontend)) == ["error", "ok"]

    play(scene)


def complete(told, theirs, *, running=True):
    """What a frontend gets for ``%con``, where the sub-kernel answers so."""

    async def scene(frontend, dispatcher):
        async def help_(code, cursor):
            return told

        dispatcher.help = SimpleNamespace(complete=help_)
        frontend.kernel.ask_subkernel = theirs
        frontend.kernel.subkernel = SimpleNamespace(running=running)
        await (await frontend.send("complete_request", code="%con", cursor_pos=4))
        replies.append(frontend.replies[-1]["content"])

    replies = []
    play(scene)
    return replies[0]["matches"]


async def hangs(request):
    await asyncio.Event().wait()


async def answers(request):
    return {"matches": ["%conda"], "cursor_start": 0, "cursor_end": 4, "metadata": {}}


def test_nobody_waits_for_what_the_sub_kernel_may_add(monkeypatch):
    monkeypatch.setattr(kernel_module, "HOST_PATIENCE", 0.01)
    told = Told(AskHost.IF_IDLE, Completions(0, ["%connect"]))
    assert complete(told, hangs) == ["%connect"]
    assert complete(told, hangs, running=False) == ["%connect"]


def test_what_the_sub_kernel_adds():
    ours = Completions(0, ["%connect"])
    assert complete(Told(AskHost.IF_IDLE, ours), answers) == ["%connect", "%conda"]
    assert complete(Told(AskHost.IF_IDLE, ours), answers, running=False) == ["%connect"]
    assert complete(Told(AskHost.NEVER, ours), answers) == ["%connect"]
    assert complete(Told(AskHost.ALWAYS, None), answers, running=False) == ["%conda"]
