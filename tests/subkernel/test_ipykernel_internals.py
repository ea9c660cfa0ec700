"""Whether ipykernel and IPython still have, call and lack what our classes are built on.

A failure here says which part of a new release differs, what needed it, and where that stands.
"""

import asyncio
import contextlib
import inspect
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel
from ipykernel.thread import BaseThread
from IPython.core.interactiveshell import InteractiveShell
from tornado.ioloop import IOLoop

from iot_kernel.subkernel import ipykernel_internals as module
from iot_kernel.subkernel.ipykernel_internals import (
    AppBase,
    BareApp,
    KernelBase,
    SubkernelBase,
    explain_missing_magics,
)
from tests.kernel.frontend import Frontend

WAKE_AFTER = 1.0  # s until something else wakes the event loop

#: Owner, name, its parameters, which of the owner's methods calls or reads it, and what it is needed for.
NEEDED = [
    (Kernel, "shell_main", "subshell_id msg", "start", "KernelBase.shell_main keeps requests apart"),
    (Kernel, "_execute_sleep", None, "execute_request", "KernelBase saves 0.5 ms a cell"),
    (Kernel, "pre_handler_hook", "", "dispatch_shell", "KernelBase keeps its handler of SIGINT"),
    (Kernel, "post_handler_hook", "", "dispatch_shell", "KernelBase keeps its handler of SIGINT"),
    (Kernel, "should_handle", "stream msg idents", "dispatch_shell", "a failed cell stops what follows"),
    (Kernel, "msg_types", None, "__init__", "both kernels take more types of requests"),
    (Kernel, "get_parent", "channel", "send_response", "ProxyKernel passes requests on as they came"),
    (Kernel, "iopub_socket", None, "_publish_status", "ProxyKernel publishes from any thread"),
    (Kernel, "stdin_socket", None, "_input_request", "ProxyKernel asks for input without blocking"),
    (Kernel, "io_loop", None, "start", "ProxyKernel takes calls of other threads"),
    (
        Kernel,
        "set_parent",
        "ident parent channel",
        "dispatch_shell",
        "SubkernelBase leaves output to its cell",
    ),
    (IPythonKernel, "set_parent", "ident parent channel", None, "SubkernelBase leaves output to its cell"),
    (Kernel, "dispatch_shell", "msg subshell_id concurrent", "shell_main", "SubkernelBase says idle"),
    (IPythonKernel, "_cancel_on_sigint", "future", "do_execute", "SubkernelBase ends an await"),
    (
        InteractiveShell,
        "_find_with_lazy_load",
        "type_ magic_name",
        "run_line_magic",
        "missing magics are explained",
    ),
    (
        InteractiveShell,
        "_find_with_lazy_load",
        "type_ magic_name",
        "run_cell_magic",
        "missing magics are explained",
    ),
    (IPKernelApp, "start", "", None, "AppBase.start waits for the control thread"),
    (IPKernelApp, "control_thread", None, "close", "AppBase.start waits for the control thread"),
    (BaseThread, "stop", "", None, "AppBase.start ends the control thread"),
    (IPKernelApp, "init_control", "context", "init_sockets", "BareApp makes no subshells"),
    (IPKernelApp, "shell_channel_thread", None, "init_kernel", "BareApp makes no subshells"),
    (IPKernelApp, "displayhook", None, "init_kernel", "BareApp has no display hook"),
    (IPKernelApp, "init_io", "", "initialize", "BareApp leaves standard streams alone"),
    (IPKernelApp, "init_signal", "", "initialize", "BareApp leaves SIGINT to the kernel"),
    (IPKernelApp, "init_path", "", "initialize", "BareApp leaves sys.path alone"),
    (IPKernelApp, "init_pdb", "", "initialize", "BareApp leaves pdb alone"),
    (IPKernelApp, "init_profile_dir", "", None, "BareApp makes no profile"),
    (IPKernelApp, "init_config_files", "", None, "BareApp reads no configuration of IPython"),
    (IPKernelApp, "load_config_file", None, None, "BareApp reads no configuration of IPython"),
]


def names_of(function):
    """All names that a function uses, also inside what it defines."""
    codes = [inspect.unwrap(function).__code__]
    for code in codes:
        codes += [constant for constant in code.co_consts if inspect.iscode(constant)]
    return {name for code in codes for name in (*code.co_names, *code.co_consts) if isinstance(name, str)}


def parameters_of(function):
    return " ".join(list(inspect.signature(function).parameters)[1:])


def problem_of(owner, name, parameters, user, purpose):
    """What has changed about a part, in words; None if nothing has."""
    title = f"{owner.__module__}.{owner.__qualname__}"
    if user is not None and not hasattr(owner, user):
        return f"there is no {title}.{user} any more, which used {name}; with it {purpose}"
    used = user is None or name in names_of(getattr(owner, user))
    if not hasattr(owner, name) and (user is None or not used):  # or else it is set on instances
        return f"there is no {title}.{name} any more; with it {purpose}"
    if not used:
        return f"{title}.{user} does not use {name} any more; with it {purpose}"
    if parameters is not None and parameters_of(getattr(owner, name)) != parameters:
        return f"{title}.{name} has other parameters; with it {purpose}"
    return None


def test_ipykernel_and_ipython_have_what_is_needed():
    problems = [problem for part in NEEDED if (problem := problem_of(*part)) is not None]
    assert not problems, "\n".join([*problems, f"look at {module.__file__}"])


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (("_abort_queues_", None, "start"), "there is no .*Kernel._abort_queues_ any more; with it why"),
        (
            ("shell_main", None, "begin"),
            "there is no .*Kernel.begin any more, which used shell_main; with it why",
        ),
        (("shell_main", None, "raw_input"), "Kernel.raw_input does not use shell_main any more; with it why"),
        (("shell_main", "msg", "start"), "Kernel.shell_main has other parameters; with it why"),
    ],
)
def test_what_has_changed_is_told(part, words):
    assert re.search(words, problem_of(Kernel, *part, "why"))


def test_every_override_overrides_something():
    """A part that was renamed leaves an override which nobody calls."""
    ours = {
        "note_arrival",
        "unnoticed",
        "handling",
        "in_turn",
        "answers_meanwhile",
        "answered_meanwhile",
        "_read",
    }
    bases = {KernelBase: Kernel, SubkernelBase: IPythonKernel, AppBase: IPKernelApp, BareApp: IPKernelApp}
    names = [(base, name) for cls, base in bases.items() for name in vars(cls) if not name.startswith("__")]
    lost = [f"{base.__name__}.{name}" for base, name in names if name not in ours and not hasattr(base, name)]
    assert not lost


async def requests_known_behind_a_comm_message(kind):
    """Which request each of three handlers thinks it handled, where a comm message outlives its cell."""
    frontend, known = Frontend(kind), {}
    ends = {name: asyncio.Event() for name in ("first", "comm", "second")}

    async def handle(stream, ident, parent):
        name = parent["content"]["name"]
        await ends[name].wait()
        known[name] = frontend.kernel.get_parent("shell")["content"]["name"]

    frontend.kernel.shell_handlers = {"execute_request": handle, "comm_msg": handle}
    tasks = [
        await frontend.send("execute_request", name="first"),
        await frontend.send("comm_msg", name="comm"),
        await frontend.send("execute_request", name="second"),
    ]
    for name, task in zip(ends, tasks, strict=True):
        ends[name].set()
        await task
    return known


def test_each_request_is_known_to_its_handler():
    known = asyncio.run(requests_known_behind_a_comm_message(KernelBase))
    assert known == {"first": "first", "comm": "comm", "second": "second"}


def test_ipykernel_mixes_them_up():
    known = asyncio.run(requests_known_behind_a_comm_message(Kernel))
    assert known["second"] == "first", (
        "ipykernel keeps requests apart: KernelBase.shell_main is to note arrivals only"
    )


def test_a_message_that_has_to_wait_is_noted_when_it_comes():
    noted = []

    class Kernel(KernelBase):
        def note_arrival(self):
            noted.append(len(noted))

    async def scene():
        frontend, end = Frontend(Kernel), asyncio.Event()
        frontend.kernel.shell_handlers = {"execute_request": lambda *_: end.wait()}
        tasks = [await frontend.send("execute_request", name=str(number)) for number in range(2)]
        assert noted == [0, 1]
        end.set()
        await asyncio.gather(*tasks)

    asyncio.run(scene())


def test_a_request_may_be_answered_while_another_is_handled():
    told = []

    class Kernel(KernelBase):
        def answers_meanwhile(self, kind, content):
            return kind == "complete_request"

        def answered_meanwhile(self):
            told.append("answered")

    async def scene():
        frontend, end = Frontend(Kernel), asyncio.Event()
        frontend.kernel.shell_handlers = {
            "execute_request": lambda *_: end.wait(),
            "complete_request": lambda *_: told.append("complete"),
            "inspect_request": lambda *_: told.append("inspect"),
        }
        cell = await frontend.send("execute_request")
        waiting = await frontend.send("inspect_request")
        await (await frontend.send("complete_request"))
        assert told == ["complete", "answered"]
        end.set()
        await asyncio.gather(cell, waiting)
        assert told == ["complete", "answered", "inspect"]
        await (await frontend.send("complete_request"))
        return [
            message["content"]["execution_state"]
            for message in frontend.published
            if message["parent_header"]["msg_type"] == "complete_request"
        ]

    assert asyncio.run(scene()) == ["busy", "idle"] * 2
    assert told[3:] == ["complete"]


def test_ipykernel_says_no_idle_for_a_comm_message_beside_a_cell():
    async def scene():
        frontend, end = Frontend(Kernel), asyncio.Event()
        frontend.kernel.shell_handlers = {
            "execute_request": lambda *_: end.wait(),
            "comm_msg": lambda *_: None,
        }
        cell = await frontend.send("execute_request", name="cell")
        await (await frontend.send("comm_msg", name="comm"))
        end.set()
        await cell
        return [message["parent_header"]["msg_type"] for message in frontend.published]

    assert "comm_msg" not in asyncio.run(scene()), (
        "ipykernel says it: drop SubkernelBase.dispatch_shell's idle"
    )


def ends_at_once(kind):
    """Whether SIGINT ends a cell that waits in ``await`` before something else wakes the event loop."""

    async def scene():
        loop = IOLoop.current()
        woken = []
        loop.call_later(WAKE_AFTER, woken.append, True)
        cell = asyncio.ensure_future(asyncio.sleep(WAKE_AFTER * 10))
        timer = threading.Timer(WAKE_AFTER / 10, os.kill, (os.getpid(), signal.SIGINT))
        with kind._cancel_on_sigint(SimpleNamespace(io_loop=loop), cell):
            timer.start()
            await asyncio.wait([cell])
        timer.join()
        assert cell.cancelled()
        return not woken

    return asyncio.run(scene())


def test_an_interrupt_wakes_the_event_loop():
    assert ends_at_once(SubkernelBase)


def test_ipykernel_does_not_wake_it():
    assert not ends_at_once(IPythonKernel), "ipykernel does: drop SubkernelBase._cancel_on_sigint"


@pytest.mark.parametrize(("kind", "name"), [("line", "nosuch"), ("cell", "other")])
def test_a_missing_magic_is_explained(kind, name):
    shell = SimpleNamespace(_find_with_lazy_load=lambda kind, name: {"there": "magic"}.get(name))
    explain_missing_magics(shell, lambda kind, name: LookupError(kind, name))
    assert shell._find_with_lazy_load(kind, "there") == "magic"
    with pytest.raises(LookupError) as caught:
        shell._find_with_lazy_load(kind, name)
    assert caught.value.args == (kind, name)


@pytest.mark.parametrize("channel", ["shell", "iopub", "stdin", "control"])
def test_it_ends_where_a_port_is_taken(channel, tmp_path):
    with contextlib.ExitStack() as stack:
        taken = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        ports = {f"{name}_port": 0 for name in ("shell", "iopub", "stdin", "control", "hb")}
        file = tmp_path / "connection.json"
        file.write_text(json.dumps(ports | {f"{channel}_port": taken, "ip": "127.0.0.1", "key": "k"}))
        command = [sys.executable, "-m", "jupyter_iot_kernel", "-f", str(file)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Address already in use" in done.stderr
