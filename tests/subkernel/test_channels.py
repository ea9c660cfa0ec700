"""The wire to the sub-kernel, against a sub-kernel whose every word the test chooses."""

import asyncio
import tempfile
import time
from contextlib import asynccontextmanager

import pytest
import zmq
import zmq.asyncio
from jupyter_client.session import Session

from iot_kernel.subkernel import channels as module
from iot_kernel.subkernel.channels import Channels

DEADLINE = 30.0
PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}


class Frontend:
    def __init__(self):
        self.shown = []
        self.asked = []

    def relay_output(self, message):
        self.shown.append(message)

    def relay_input_request(self, message):
        self.asked.append(message)

    def kinds(self):
        return [message["msg_type"] for message in self.shown]


class SubKernel:
    """The other end of the wire."""

    def __init__(self, directory):
        self.session = Session(key=b"secret")
        self.context = zmq.asyncio.Context()
        kinds = {"shell": zmq.ROUTER, "control": zmq.ROUTER, "stdin": zmq.ROUTER, "iopub": zmq.XPUB}
        self.sockets = {name: self.context.socket(kind) for name, kind in kinds.items()}
        for name, socket in self.sockets.items():
            socket.bind(f"ipc://{directory}/k-{PORTS[name]}")
        ports = {f"{name}_port": port for name, port in PORTS.items()}
        self.info = {"transport": "ipc", "ip": f"{directory}/k", "key": b"secret", **ports}
        self.info["signature_scheme"] = "hmac-sha256"

    async def greet(self):
        """Does what ipykernel does for a subscriber and for the first request."""
        await self.sockets["iopub"].recv()
        self.publish("iopub_welcome", {}, {})
        await self.answer("shell")

    async def take(self, channel):
        """Receives a request; returns who sent it, and the message."""
        frames = await self.sockets[channel].recv_multipart()
        idents, parts = self.session.feed_identities(frames)
        return idents, self.session.deserialize(parts)

    async def answer(self, channel, content=None, idle=True):
        idents, request = await self.take(channel)
        kind = request["msg_type"].replace("_request", "_reply")
        self.session.send(self.sockets[channel], kind, content or {"status": "ok"}, request, ident=idents)
        if idle:
            self.idle(request)
        return request

    def publish(self, kind, content, parent):
        self.session.send(self.sockets["iopub"], kind, content, parent)

    def idle(self, request):
        self.publish("status", {"execution_state": "idle"}, request)

    def close(self, linger=0):
        """Ends; with ``linger`` ms in which what it has said may still leave it."""
        self.context.destroy(linger=linger)


@asynccontextmanager
async def wired():
    """Channels that have shaken hands, its frontend and the sub-kernel."""
    with tempfile.TemporaryDirectory() as directory:
        kernel, frontend = SubKernel(directory), Frontend()
        channels = Channels(kernel.info, frontend)
        try:
            async with asyncio.timeout(DEADLINE):
                await asyncio.gather(channels.handshake(), kernel.greet())
                yield channels, frontend, kernel
        finally:
            channels.close()
            channels.close()
            kernel.close()


def message(kind, name="m1", **content):
    header = {"msg_id": name, "msg_type": kind, "session": "browser", "username": "u", "version": "5.4"}
    header["subshell_id"] = "s1"
    return {"header": header, "msg_type": kind, "parent_header": {}, "metadata": {"a": 1}, "content": content}


async def eventually(condition):
    """Waits until a condition is true."""
    while not condition():  # noqa: ASYNC110  what comes over a socket sets no event here
        await asyncio.sleep(0.01)


def play(scene):
    async def main():
        async with wired() as (channels, frontend, kernel):
            await scene(channels, frontend, kernel)

    asyncio.run(main())


def test_a_request_keeps_its_header_but_for_the_subshell():
    async def scene(channels, frontend, kernel):
        reply, request = await asyncio.gather(
            channels.request("shell", message("complete_request", code="x")),
            kernel.answer("shell", {"matches": ["y"]}),
        )
        assert reply == {"matches": ["y"]}
        assert request["header"]["msg_id"] == "m1"
        assert request["header"]["session"] == "browser"
        assert "subshell_id" not in request["header"]
        assert (request["metadata"], request["content"]) == ({"a": 1}, {"code": "x"})

    play(scene)


def test_the_reply_waits_for_idle():
    async def scene(channels, frontend, kernel):
        waiting = asyncio.ensure_future(channels.request("control", message("debug_request")))
        request = await kernel.answer("control", idle=False)
        kernel.publish("stream", {"name": "stdout", "text": "late"}, request)
        await asyncio.sleep(0.05)
        assert channels.busy
        assert not waiting.done()
        kernel.idle(request)
        assert await waiting == {"status": "ok"}
        assert not channels.busy
        assert frontend.kinds() == ["stream"]

    play(scene)


def test_a_question_of_our_own_goes_with_bytes_and_is_heard_by_nobody():
    async def scene(channels, frontend, kernel):
        waiting = asyncio.ensure_future(channels.ask("values_request", {"question": "get"}, b"\0data"))
        idents, request = await kernel.take("shell")
        assert request["content"] == {"question": "get"}
        assert [bytes(data) for data in request["buffers"]] == [b"\0data"]
        kernel.publish("stream", {"name": "stdout", "text": "said meanwhile"}, request)
        socket, reply = kernel.sockets["shell"], {"status": "ok"}
        kernel.session.send(socket, "values_reply", reply, request, ident=idents, buffers=[b"answer"])
        kernel.idle(request)
        assert await waiting == ({"status": "ok"}, b"answer")
        assert frontend.shown == []

    play(scene)


def test_idle_without_a_reply_ends_a_question(monkeypatch):
    monkeypatch.setattr(module, "REPLY_GRACE", 0.05)

    async def scene(channels, frontend, kernel):
        waiting = asyncio.ensure_future(channels.ask("values_request", {}, b""))
        _, request = await kernel.take("shell")
        kernel.idle(request)
        assert await waiting is None

    play(scene)


def test_idle_without_a_reply_ends_a_request(monkeypatch):
    monkeypatch.setattr(module, "REPLY_GRACE", 0.05)

    async def scene(channels, frontend, kernel):
        waiting = asyncio.ensure_future(channels.request("shell", message("execute_request")))
        _, request = await kernel.take("shell")
        kernel.idle(request)
        assert await waiting is None

    play(scene)


def test_results_get_the_notebook_s_number():
    async def scene(channels, frontend, kernel):
        waiting = asyncio.ensure_future(
            channels.request("shell", message("execute_request"), execution_count=9)
        )
        idents, request = await kernel.take("shell")
        kernel.publish("execute_result", {"data": {}, "metadata": {}, "execution_count": 2}, request)
        reply = {"status": "ok", "execution_count": 2}
        kernel.session.send(kernel.sockets["shell"], "execute_reply", reply, request, ident=idents)
        kernel.idle(request)
        assert (await waiting)["execution_count"] == 9
        assert frontend.shown[0]["content"]["execution_count"] == 9

    play(scene)


def test_only_what_frontends_want_to_hear_is_relayed():
    async def scene(channels, frontend, kernel):
        parent = message("execute_request")
        for kind in (
            "execute_input",
            "status",
            "shutdown_reply",
            "display_data",
            "clear_output",
            "debug_event",
        ):
            kernel.publish(kind, {"execution_state": "busy"}, parent)
        kernel.publish("stream", {"name": "stdout", "text": "end"}, parent)
        await eventually(lambda: "stream" in frontend.kinds())
        assert frontend.kinds() == ["display_data", "clear_output", "debug_event", "stream"]
        assert {m["parent_header"]["msg_id"] for m in frontend.shown} == {"m1"}

    play(scene)


@pytest.mark.parametrize("kind", ["comm_open", "comm_msg", "comm_close"])
def test_comm_messages_end_with_an_idle_that_is_relayed(kind):
    async def scene(channels, frontend, kernel):
        waiting = asyncio.ensure_future(channels.request("shell", message(kind, comm_id="c", data={})))
        _, request = await kernel.take("shell")
        kernel.publish("status", {"execution_state": "busy"}, request)
        kernel.idle(request)
        assert await waiting is None
        assert [m["content"]["execution_state"] for m in frontend.shown] == ["busy", "idle"]

    play(scene)


def test_the_idle_of_comm_info_is_not():
    async def scene(channels, frontend, kernel):
        await asyncio.gather(channels.request("shell", message("comm_info_request")), kernel.answer("shell"))
        assert frontend.shown == []

    play(scene)


def test_buffers_and_metadata_pass():
    async def scene(channels, frontend, kernel):
        parent = message("execute_request")
        out = kernel.session
        out.send(
            kernel.sockets["iopub"],
            "comm_msg",
            {"comm_id": "c"},
            parent,
            buffers=[b"\x00png"],
            metadata={"b": 2},
        )
        await eventually(lambda: frontend.shown)
        (shown,) = frontend.shown
        assert [bytes(buffer) for buffer in shown["buffers"]] == [b"\x00png"]
        assert shown["metadata"] == {"b": 2}

    play(scene)


def test_questions_come_from_the_very_first_cell_on():
    async def scene(channels, frontend, kernel):
        waiting = asyncio.ensure_future(channels.request("shell", message("execute_request")))
        idents, request = await kernel.take("shell")
        kernel.session.send(kernel.sockets["stdin"], "input_request", {"prompt": "?"}, request, ident=idents)
        await eventually(lambda: frontend.asked)
        channels.send("stdin", message("input_reply", value="!"))
        _, answer = await kernel.take("stdin")
        assert answer["content"] == {"value": "!"}
        kernel.idle(request)
        waiting.cancel()

    play(scene)


def test_a_failure_ends_all_requests_and_comms():
    async def scene(channels, frontend, kernel):
        channels.send("shell", message("comm_open", "m2", comm_id="theirs", target_name="t", data={}))
        parent = message("execute_request")
        for name in ("c1", "c2"):
            kernel.publish("comm_open", {"comm_id": name, "target_name": "t", "data": {}}, parent)
        kernel.publish("comm_close", {"comm_id": "c1", "data": {}}, parent)
        waiting = [
            asyncio.ensure_future(channels.request("shell", message("execute_request", f"r{number}")))
            for number in range(3)
        ]
        await eventually(lambda: len(frontend.shown) == 3)
        channels.fail(OSError("gone"))
        for request in waiting:
            with pytest.raises(OSError, match="gone"):
                await request
        closed = [m["content"]["comm_id"] for m in frontend.shown[3:] if m["msg_type"] == "comm_close"]
        assert closed == ["theirs", "c2"]
        with pytest.raises(OSError, match="gone"):
            await channels.request("shell", message("execute_request", "r9"))

    play(scene)


def test_the_last_words_of_one_that_dies_are_all_heard():
    async def scene(channels, frontend, kernel):
        parent = message("execute_request")
        for number in range(300):
            kernel.publish("stream", {"name": "stdout", "text": str(number)}, parent)
        kernel.close(linger=int(DEADLINE * 1000))
        time.sleep(0.3)  # noqa: ASYNC251  the loop is busy while the process ends
        await channels.hear_out(DEADLINE)
        assert [shown["content"]["text"] for shown in frontend.shown] == [str(n) for n in range(300)]

    play(scene)
