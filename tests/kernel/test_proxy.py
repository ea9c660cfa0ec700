"""What the base of the kernel says without a sub-kernel; the rest is tested through the real kernel."""

import asyncio

import pytest

from iot_kernel.kernel.proxy import ProxyKernel, no_debugger
from tests.kernel.frontend import Frontend


def told(kind, **content):
    """What a kernel without a sub-kernel publishes and replies."""

    async def scene():
        frontend = Frontend(ProxyKernel)
        await (await frontend.send(kind, **content))
        published = [
            (message["msg_type"], message["content"].get("execution_state")) for message in frontend.published
        ]
        return published, [(message["msg_type"], message["content"]) for message in frontend.replies]

    return asyncio.run(scene())


def test_a_comm_that_nobody_listens_to_is_closed():
    published, replies = told("comm_open", comm_id="c", target_name="t", data={})
    assert published == [("status", "busy"), ("comm_close", None), ("status", "idle")]
    assert not replies


@pytest.mark.parametrize("kind", ["comm_msg", "comm_close"])
def test_what_a_closed_comm_says_is_dropped(kind):
    assert told(kind, comm_id="c", data={}) == ([("status", "busy"), ("status", "idle")], [])


def test_there_are_no_comms():
    _, replies = told("comm_info_request", target_name="t")
    assert replies == [("comm_info_reply", {"status": "ok", "comms": {}})]


def test_messages_are_published_under_the_kernel_s_topic():
    kernel = Frontend(ProxyKernel).kernel
    topics = []
    kernel.reply = lambda socket, kind, content, parent, ident, **_: topics.append(ident)
    kernel.publish("stream", {}, {})
    assert topics == [kernel._topic("stream")]


def test_a_later_update_of_a_display_belongs_to_the_cell_that_runs():
    """nbclient, which builds pages and runs notebooks, hears no other."""
    frontend = Frontend(ProxyKernel)
    cells = [frontend.session.msg("execute_request", {"code": code}) for code in ("live_plot('adc')", "1")]

    def relayed(kind, **content):
        message = frontend.session.msg(kind, content, parent=cells[0])
        frontend.kernel.relay_output(message)
        return frontend.published[-1]["parent_header"]["msg_id"]

    earlier, running = (cell["header"]["msg_id"] for cell in cells)
    transient = {"display_id": "chart"}
    assert relayed("update_display_data", transient=transient) == earlier
    frontend.kernel._executing = cells[1]
    assert relayed("update_display_data", transient=transient) == running
    assert relayed("display_data", transient=transient) == earlier
    assert relayed("stream", name="stdout", text="from a thread") == earlier


def test_without_a_debugger_there_is_still_an_answer():
    answer = no_debugger({"seq": 5, "command": "debugInfo"})
    assert (answer["success"], answer["request_seq"], answer["command"]) == (False, 5, "debugInfo")
