"""A debugger's frontend: requests on the control channel, events among what is published."""

from __future__ import annotations

import itertools
from typing import Any

from tests.end_to_end.notebook import TIMEOUT, Notebook


class Debugger:
    """Speaks the debug adapter protocol with the kernel of a notebook."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.sequence = itertools.count(1)

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        content = {"type": "request", "seq": next(self.sequence), "command": command, "arguments": arguments}
        message = self.notebook.client.session.msg("debug_request", content)
        self.notebook.client.control_channel.send(message)
        return self.notebook.reply(message["header"]["msg_id"], "control")["content"]

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The body of a reply that is a success."""
        reply = self.request(command, **arguments)
        assert reply["success"], reply
        return reply.get("body", {})

    def attach(self) -> None:
        self.ask("debugInfo")
        self.ask("initialize", clientID="test", adapterID="", pathFormat="path")
        self.ask("attach")

    def break_at(self, code: str, *lines: int) -> str:
        """Sets the breakpoints of a cell; returns its path."""
        path = self.ask("dumpCell", code=code)["sourcePath"]
        breakpoints = [{"line": line} for line in lines]
        self.ask("setBreakpoints", source={"path": path}, breakpoints=breakpoints, sourceModified=False)
        return path

    def wait_for(self, event: str) -> dict[str, Any]:
        while True:
            message = self.notebook.client.get_iopub_msg(timeout=TIMEOUT)
            if message["msg_type"] == "debug_event" and message["content"]["event"] == event:
                return message["content"]["body"]

    def stack(self) -> list[dict[str, Any]]:
        """Waits until code stands; its frames, the innermost first."""
        return self.frames(self.wait_for("stopped")["threadId"])

    def frames(self, thread: int) -> list[dict[str, Any]]:
        self.thread = thread
        return self.ask("stackTrace", threadId=thread)["stackFrames"]

    def variables(self, frame: dict[str, Any], scope: str = "Locals") -> dict[str, str]:
        scopes = self.ask("scopes", frameId=frame["id"])["scopes"]
        (number,) = [each["variablesReference"] for each in scopes if each["name"] == scope]
        rows = self.ask("variables", variablesReference=number)["variables"]
        return {row["name"]: row["value"] for row in rows}

    def go(self, command: str = "continue") -> None:
        self.ask(command, threadId=self.thread)
