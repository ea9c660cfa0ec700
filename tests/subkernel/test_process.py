"""The sub-kernel's process: started when needed, replaced when it died, gone when closed."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager

import pytest

from iot_kernel.errors import HostDiedError
from iot_kernel.subkernel.process import SubkernelProcess, _exit_reason
from tests.each import each

DEADLINE = 60.0


class Frontend:
    """Collects what the sub-kernel says."""

    def __init__(self):
        self.messages = []
        self.asked = asyncio.Event()

    def relay_output(self, message):
        self.messages.append(message)

    def relay_input_request(self, message):
        self.messages.append(message)
        self.asked.set()

    def contents(self, kind):
        return [message["content"] for message in self.messages if message["msg_type"] == kind]


@pytest.fixture(autouse=True)
def directories(tmp_path, monkeypatch):
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@asynccontextmanager
async def running(**environment):
    """A sub-kernel and its frontend."""

    async def variables():
        return environment

    frontend = Frontend()
    subkernel = SubkernelProcess(frontend, variables)
    try:
        async with asyncio.timeout(DEADLINE):
            yield subkernel, frontend
    finally:
        await subkernel.close()


async def eventually(condition):
    """Waits until a condition is true."""
    while not condition():  # noqa: ASYNC110  what other processes do sends no event
        await asyncio.sleep(0.01)


def request(kind, number=[0], **content):  # noqa: B006  the counter of all tests
    """A frontend's message."""
    number[0] += 1
    header = {
        "msg_id": f"m{number[0]}",
        "msg_type": kind,
        "session": "frontend",
        "username": "u",
        "version": "5.4",
    }
    return {"header": header, "msg_type": kind, "parent_header": {}, "metadata": {}, "content": content}


def cell(code, **content):
    defaults = {"silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True}
    return request("execute_request", code=code, **defaults | content)


def test_nothing_runs_before_it_is_needed():
    async def main():
        async with running() as (subkernel, _):
            assert not subkernel.running
            assert not subkernel.started
            assert subkernel.pid is None
            starting = asyncio.ensure_future(subkernel.start())
            await eventually(lambda: subkernel.started)
            await starting
            assert subkernel.started
            assert subkernel.running

    asyncio.run(main())


def test_a_cell_runs_and_says_what_it_shows():
    async def main():
        async with running() as (subkernel, frontend):
            asked = cell("print('a')\n1 + 1")
            reply = await subkernel.request(asked, execution_count=7)
            assert (reply["status"], reply["execution_count"]) == ("ok", 7)
            assert frontend.contents("stream") == [{"name": "stdout", "text": "a\n"}]
            (result,) = frontend.contents("execute_result")
            assert (result["data"]["text/plain"], result["execution_count"]) == ("2", 7)
            parents = {message["parent_header"]["msg_id"] for message in frontend.messages}
            assert parents == {asked["header"]["msg_id"]}
            assert {message["msg_type"] for message in frontend.messages} == {"stream", "execute_result"}

    asyncio.run(main())


def test_values_of_its_variables_are_asked_for_and_set():
    async def main():
        async with running() as (subkernel, frontend):
            await subkernel.request(cell("a = bytes(10_000_000)\ncounts = []"), execution_count=1)
            question = {"question": "get", "name": "a", "ulab": None}
            answer, data = await subkernel.ask("values_request", question, b"")
            assert (answer["status"], len(data)) == ("ok", 10_000_000 + len("b989680;"))
            answer, _ = await subkernel.ask(
                "values_request", {"question": "set", "name": "b", "source": "b"}, data
            )
            assert answer["status"] == "ok"
            shown = len(frontend.messages)
            reply = await subkernel.request(cell("a == b, len(_ih)"), execution_count=2)
            assert (reply["status"], reply["execution_count"]) == ("ok", 2)
            assert frontend.contents("execute_result")[-1]["data"]["text/plain"] == "(True, 3)"
            assert len(frontend.messages) == shown + 1

    asyncio.run(main())


def test_an_idle_process_is_asked_and_no_other():
    async def main():
        async with running() as (subkernel, frontend):
            question = "values_request", {"question": "names"}, b""
            assert await subkernel.ask_when_idle(*question) is None
            assert not subkernel.started
            await subkernel.request(cell("mine = 1"))
            answer, _ = await subkernel.ask_when_idle(*question)
            assert answer["names"] == ["mine"]
            runs = asyncio.ensure_future(subkernel.request(cell("print('begun'); input()", allow_stdin=True)))
            await frontend.asked.wait()
            assert await subkernel.ask_when_idle(*question) is None
            await subkernel.interrupt()
            await runs

    asyncio.run(main())


def test_output_of_threads_still_belongs_to_their_cell_after_a_question():
    async def main():
        async with running() as (subkernel, frontend):
            asked = cell("import threading\nlater = print, ['later']\nthreading.Timer(0.3, *later).start()")
            await subkernel.request(asked)
            await subkernel.ask("values_request", {"question": "get", "name": "exit", "ulab": None}, b"")
            await eventually(lambda: frontend.contents("stream"))
            (message,) = [message for message in frontend.messages if message["msg_type"] == "stream"]
            assert message["content"]["text"].strip() == "later"
            assert message["parent_header"]["msg_id"] == asked["header"]["msg_id"]

    asyncio.run(main())


def test_requests_at_once_start_one_process():
    async def main():
        async with running() as (subkernel, _):
            relays = await asyncio.gather(*(subkernel.start() for _ in range(5)))
            assert len({id(relay) for relay in relays}) == 1

    asyncio.run(main())


def test_the_environment_reaches_the_process():
    async def main():
        async with running(UCORE_PIPE_PORT="4711") as (subkernel, frontend):
            await subkernel.request(cell("import os; os.environ['UCORE_PIPE_PORT']"))
            assert frontend.contents("execute_result")[0]["data"]["text/plain"] == "'4711'"

    asyncio.run(main())


def test_input_is_asked_and_answered():
    async def main():
        async with running() as (subkernel, frontend):
            asked = cell("input('name? ')")
            waiting = asyncio.ensure_future(subkernel.request(asked))
            await frontend.asked.wait()
            (question,) = frontend.contents("input_request")
            assert question == {"prompt": "name? ", "password": False}
            subkernel.answer_input(request("input_reply", value="Ada"))
            assert (await waiting)["status"] == "ok"
            assert frontend.contents("execute_result")[0]["data"]["text/plain"] == "'Ada'"

    asyncio.run(main())


def test_an_interrupt_ends_a_cell():
    async def main():
        async with running() as (subkernel, frontend):
            waiting = asyncio.ensure_future(
                subkernel.request(cell("print('on', flush=True)\nwhile True: pass"))
            )
            await eventually(lambda: frontend.contents("stream"))
            await subkernel.interrupt()
            assert (await waiting)["ename"] == "KeyboardInterrupt"

    asyncio.run(main())


def test_an_interrupt_ends_the_wait_for_the_start_and_not_the_start():
    async def main():
        async with running() as (subkernel, _):
            waiting = asyncio.ensure_future(subkernel.request(cell("1")))
            await asyncio.sleep(0.01)
            await subkernel.interrupt()
            assert await waiting is None
            assert (await subkernel.request(cell("1")))["status"] == "ok"

    asyncio.run(main())


def test_an_interrupt_of_an_idle_process_does_nothing():
    async def main():
        async with running() as (subkernel, _):
            await subkernel.interrupt()
            await subkernel.start()
            await subkernel.interrupt()
            assert (await subkernel.request(cell("1")))["status"] == "ok"

    asyncio.run(main())


def test_a_process_that_dies_fails_its_request_and_is_replaced():
    async def main():
        async with running() as (subkernel, frontend):
            with pytest.raises(HostDiedError, match="exit status 5"):
                await subkernel.request(
                    cell("import os; print('last', flush=True); import time; time.sleep(.2); os._exit(5)")
                )
            assert frontend.contents("stream") == [{"name": "stdout", "text": "last\n"}]
            assert not subkernel.running
            assert (await subkernel.request(cell("1")))["status"] == "ok"

    asyncio.run(main())


def test_each_process_is_told_of_the_cells_before_once():
    async def main():
        async with running() as (subkernel, frontend):
            subkernel.cells.note(1, "first")
            await subkernel.request(cell("In[1]", silent=True))
            subkernel.cells.note(2, "second")
            await subkernel.request(cell("In[1:3]"))
            await subkernel.request(cell("In[1:3] + ['once']"))
            os.kill(subkernel.pid, signal.SIGKILL)
            await eventually(lambda: not subkernel.running)
            await subkernel.request(cell("In[1:3] + ['again']"))
            shown = [result["data"]["text/plain"] for result in frontend.contents("execute_result")]
            told = ["['first', 'second'", "['first', 'second', 'once'", "['first', 'second', 'again'"]
            assert shown == [f"{each}]" for each in told]

    asyncio.run(main())


def test_a_process_that_dies_while_idle_is_replaced():
    async def main():
        async with running() as (subkernel, _):
            await subkernel.start()
            os.kill(subkernel.pid, signal.SIGKILL)
            await eventually(lambda: not subkernel.running)
            assert (await subkernel.request(cell("1")))["status"] == "ok"

    asyncio.run(main())


def test_a_process_that_cannot_start_says_so(monkeypatch, tmp_path):
    (tmp_path / "ipython").mkdir()
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))

    async def main():
        async with running() as (subkernel, _):
            with pytest.raises(HostDiedError):
                await subkernel.request(cell("1"))
            monkeypatch.delenv("PYTHONHOME")
            assert (await subkernel.request(cell("1")))["status"] == "ok"

    asyncio.run(main())


def test_what_a_killed_kernel_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, used, foreign = (
        tmp_path / name for name in (f"iot-host-{gone.pid}-a", f"iot-host-{os.getpid()}-b", "other")
    )
    for directory in (left, used, foreign):
        directory.mkdir()

    async def main():
        async with running() as (subkernel, _):
            await subkernel.start()
            assert not left.exists()
            assert used.exists()
            assert foreign.exists()

    asyncio.run(main())


def test_a_directory_with_a_long_name(tmp_path, monkeypatch):
    directory = tmp_path / ("long" * 25)
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))

    async def main():
        async with running() as (subkernel, _):
            await subkernel.start()

    asyncio.run(main())


@each("moment", ["idle", "starting", "busy", "never"])
def test_close_ends_the_process(moment):
    async def main():
        async with running() as (subkernel, _):
            tasks = []
            if moment != "never":
                tasks.append(asyncio.ensure_future(subkernel.start()))
                await asyncio.sleep(0.1)
                if moment != "starting":
                    await tasks.pop()
                if moment == "busy":
                    tasks.append(asyncio.ensure_future(subkernel.request(cell("while True: pass"))))
                    await asyncio.sleep(0.1)
            pid = subkernel.pid
            await subkernel.close()
            await subkernel.close()
            assert subkernel.pid is None
            if pid is not None:
                with pytest.raises(ProcessLookupError):
                    os.kill(pid, 0)
            with pytest.raises(HostDiedError, match="shutting down"):
                await subkernel.start()
            for task in tasks:
                with pytest.raises(HostDiedError, match="shutting down"):
                    await task

    asyncio.run(main())


def test_a_cell_that_is_closed_in_the_middle_ends_in_silence(capfd):
    async def main():
        async with running() as (subkernel, frontend):
            asked = asyncio.ensure_future(
                subkernel.request(cell("print('on', flush=True)\nimport time; time.sleep(60)"))
            )
            await eventually(lambda: frontend.contents("stream"))
            await subkernel.close()
            with pytest.raises(HostDiedError):
                await asked

    for _ in range(3):
        asyncio.run(main())
    assert capfd.readouterr().err == ""


def test_comms_are_closed_when_the_process_dies():
    async def main():
        async with running() as (subkernel, frontend):
            await subkernel.request(
                cell("from ipykernel.comm import Comm; c = Comm(target_name='t'); c.comm_id")
            )
            with pytest.raises(HostDiedError):
                await subkernel.request(cell("import os; os._exit(0)"))
            opened = [content["comm_id"] for content in frontend.contents("comm_open")]
            assert [content["comm_id"] for content in frontend.contents("comm_close")] == opened != []

    asyncio.run(main())


def test_how_a_process_ended():
    assert _exit_reason(3) == "exit status 3"
    assert _exit_reason(-11).startswith("signal 11: ")
    assert _exit_reason(0xC0000005) == "access violation, exit status 0xC0000005"
    assert _exit_reason(None) == "for an unknown reason"
