"""A notebook without a browser: runs cells and collects what a frontend would see."""

from __future__ import annotations

import contextlib
import queue
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tools import boards

TIMEOUT = 60.0  # s; no test waits that long unless the machine stands still

#: s; a kernel that takes as long may have left something out: less than each of its patiences
LEAVES_OUT = 0.3
MOST_ASKED = 5

Message = dict[str, Any]


def virtual(name: str) -> str:
    """The address of a virtual board that needs nothing installed; each notebook takes one of its own."""
    return f"sim://{name}?" + urlencode({"micropython": str(boards.micropython())})


def shown_text(message: Message, name: str = "stdout") -> str:
    """The text of a message for one stream; displays that are made to be updated have none."""
    content = message["content"]
    if message["msg_type"] == "stream" and content["name"] == name:
        return str(content["text"])
    if message["msg_type"] == "display_data" and name == "stdout" and not content["transient"]:
        return str(content["data"].get("text/plain", ""))
    return ""


@dataclass
class Cell:
    """What became of a cell.

    Attributes:
        reply: the content of its execute_reply.
        messages: everything published for it until idle, in order.
    """

    reply: Message
    messages: list[Message] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.reply["status"]

    @property
    def ename(self) -> str:
        return self.reply.get("ename", "")

    @property
    def kinds(self) -> list[str]:
        """The types of the messages; a status by its state."""
        return [message["content"].get("execution_state", message["msg_type"]) for message in self.messages]

    def of(self, kind: str) -> list[Message]:
        """The contents of the messages of one type."""
        return [message["content"] for message in self.messages if message["msg_type"] == kind]

    def text(self, name: str = "stdout") -> str:
        """What a console shows: a stream and, with stdout, the text of displays that stay as they are."""
        return "".join(shown_text(message, name) for message in self.messages)

    @property
    def result(self) -> str | None:
        """The text of Out[n]."""
        results = self.of("execute_result")
        return results[-1]["data"]["text/plain"] if results else None

    @property
    def error(self) -> str:
        """What the error message shows."""
        return "\n".join(self.of("error")[0]["traceback"])

    @property
    def said(self) -> str:
        """The same without the line behind it that says where more stands about it."""
        return re.sub(r"\n\(%explain [a-z-]+ tells more\)\Z", "", self.error)


class Notebook:
    """A running kernel and its client; a context manager.

    Args:
        kernel: the kernelspec's name.
        **start: for `KernelManager.start_kernel`.
    """

    def __init__(self, kernel: str, **start: Any) -> None:
        self.late: list[Message] = []  # published for cells that had ended
        self.manager = KernelManager(kernel_name=kernel)
        self.manager.start_kernel(stdout=subprocess.DEVNULL, **start)
        self.client: BlockingKernelClient = self.manager.blocking_client()
        self.client.start_channels()
        try:
            self.client.wait_for_ready(timeout=TIMEOUT)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel()
        else:
            self.manager.cleanup_resources()

    @property
    def pid(self) -> int:
        return self.manager.provisioner.pid

    def run(self, code: str, *, answers: Sequence[str] = (), **options: Any) -> Cell:
        """Runs a cell to its end, answering what it asks."""
        return self.finish(self.send(code, allow_stdin=bool(answers), **options), answers)

    def connect(self, name: str) -> None:
        """Connects a virtual board."""
        cell = self.run(f"%connect {virtual(name)}")
        assert cell.status == "ok", cell.reply

    def send(self, code: str, **options: Any) -> str:
        """Sends a cell and returns its message id."""
        options.setdefault("allow_stdin", False)
        return self.client.execute(code, **options)

    def finish(self, request: str, answers: Sequence[str] = ()) -> Cell:
        """Waits for a cell that was sent."""
        for answer in answers:
            self.client.get_stdin_msg(timeout=TIMEOUT)
            self.client.input(answer)
        cell = Cell(self.reply(request)["content"])
        cell.messages = list(self.published(request))
        return cell

    def reply(self, request: str, channel: str = "shell") -> Message:
        """Waits for the reply to a request."""
        receive = self.client.get_shell_msg if channel == "shell" else self.client.get_control_msg
        while True:
            message = receive(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") == request:
                return message

    def ask(self, send: Callable[..., str], *arguments: object) -> Message:
        """Asks what a frontend asks while code is typed; returns the content of the reply.

        Asks again, as whoever types does, where the machine was so slow that the kernel left something out.
        """
        for _ in range(MOST_ASKED):
            began = time.monotonic()
            content: Message = self.reply(send(*arguments))["content"]
            if time.monotonic() - began < LEAVES_OUT:
                break
        return content

    def published(self, request: str) -> Iterator[Message]:
        """Yields what is published for a request until it is idle."""
        while True:
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") != request:
                self.late.append(message)
                continue
            yield message
            if message["content"].get("execution_state") == "idle":
                return

    def wait_for(self, text: str, request: str) -> None:
        """Returns once a running cell has printed ``text``; everything published until then is dropped."""
        seen = ""
        while text not in seen:
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") == request and message["msg_type"] == "stream":
                seen += message["content"]["text"]

    def wait_for_late(self, text: str) -> str:
        """Returns what cells that had ended printed, once ``text`` is part of it."""
        while text not in (seen := self.late_text()):
            try:
                self.late.append(self.client.get_iopub_msg(timeout=TIMEOUT))
            except queue.Empty:
                raise AssertionError(f"{text!r} did not come, only {seen!r}") from None
        return seen

    def late_text(self) -> str:
        streams = [message["content"] for message in self.late if message["msg_type"] == "stream"]
        return "".join(content["text"] for content in streams)

    @contextlib.contextmanager
    def soon(self, action: Any, delay: float = 0.5) -> Iterator[None]:
        """Calls ``action`` while the block runs."""
        timer = threading.Timer(delay, action)
        timer.start()
        try:
            yield
        finally:
            timer.join()


def eventually(condition: Any, timeout: float = TIMEOUT) -> bool:
    """Whether a condition becomes true in time."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())
