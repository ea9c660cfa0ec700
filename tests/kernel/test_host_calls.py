"""What the sub-kernel is asked for a cell, and what the worker thread gets of it."""

import asyncio

import pytest

from iot_kernel.errors import HostDiedError
from iot_kernel.kernel.host_calls import HostCalls, is_frontends_own
from iot_kernel.subkernel.channels import METADATA
from tests.each import each

REQUEST = {
    "header": {"msg_id": "m1"},
    "metadata": {"theirs": 1},
    "content": {"code": "all of it", "store_history": True, "user_expressions": {"a": "b"}},
}


class Subkernel:
    """Answers everything the same way, and keeps the questions."""

    started = True

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.interrupted = asyncio.Event()

    async def request(self, message, *, execution_count=None):
        return await self.ask(message, execution_count)

    async def ask(self, *question):
        self.asked.append(question)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def interrupt(self):
        self.interrupted.set()


def call(answer, act):
    """Calls ``act`` with the calls of a cell, on another thread; returns its result and the sub-kernel."""

    async def main():
        subkernel = Subkernel(answer)
        calls = HostCalls(subkernel, asyncio.get_running_loop(), REQUEST, 7, ["%ours"])
        return await asyncio.to_thread(act, calls), subkernel

    return asyncio.run(main())


@pytest.mark.parametrize(("piece", "history"), [(0, True), (1, False)])
def test_a_piece_of_a_cell(piece, history):
    reply, subkernel = call({"status": "ok"}, lambda calls: calls.execute("x = 1", piece))
    ((request, number),) = subkernel.asked
    assert (reply, number) == ({"status": "ok"}, 7)
    assert request["header"] == REQUEST["header"]
    assert request["content"] == {
        "code": "x = 1",
        "store_history": history,
        "user_expressions": {},
        "stop_on_error": False,
    }
    ours = {"execution_count": 7, "piece": piece, "magics": ["%ours"]}
    assert request["metadata"] == {"theirs": 1, METADATA: ours}
    assert REQUEST["content"]["code"] == "all of it"


def test_a_question_about_variables():
    answer, subkernel = call(({"status": "ok"}, b"5"), lambda calls: calls.ask({"question": "list"}, b"4"))
    assert answer == ({"status": "ok"}, b"5")
    assert subkernel.asked == [("values_request", {"question": "list"}, b"4")]


@pytest.mark.parametrize(
    ("answer", "error"), [(None, KeyboardInterrupt), (HostDiedError("signal 9"), HostDiedError)]
)
@pytest.mark.parametrize(
    "act", [lambda calls: calls.execute("x", 0), lambda calls: calls.ask({}, b"")], ids=["execute", "ask"]
)
def test_without_an_answer_the_cell_ends(answer, error, act):
    def raises(calls):
        with pytest.raises(error):
            act(calls)

    call(answer, raises)


def test_an_interrupt_is_passed_on():
    async def main():
        subkernel = Subkernel(None)
        calls = HostCalls(subkernel, asyncio.get_running_loop(), REQUEST, 7, [])
        assert calls.started
        await asyncio.to_thread(calls.interrupt)
        await subkernel.interrupted.wait()

    asyncio.run(main())


@each(
    "code, store_history, is_own",
    [
        ("import os as _VSCODE_os\ndel _VSCODE_os", False, True),
        ("import builtins\nimport ipykernel\nbuiltins.print(1)", False, True),
        ("import os as _VSCODE_os", True, False),
        ("import ipykernel", None, False),
        ("import ipykernel_of_mine", False, False),
        ("my_VSCODE_os = 1", False, False),
        ("x = 1", False, False),
    ],
)
def test_what_a_frontend_runs_for_itself(code, store_history, is_own):
    content = {"code": code} if store_history is None else {"code": code, "store_history": store_history}
    assert is_frontends_own(content) is is_own
