"""A frontend of a kernel that has neither an application nor sockets."""

import asyncio
import logging
from contextvars import copy_context

import zmq
from jupyter_client.session import Session
from traitlets import Any


class Socket:
    """Keeps what a kernel sends."""

    def __init__(self, session):
        self.session = session
        self.sent = []

    def send_multipart(self, frames, copy=True):
        parts = self.session.feed_identities([bytes(frame) for frame in frames])[1]
        self.sent.append(self.session.deserialize(parts))


class Frontend:
    """Sends messages to a kernel of some class, in one context as ipykernel does."""

    def __init__(self, kind):
        self.session = Session(key=b"secret")
        self.iopub = Socket(self.session)
        self.shell = Socket(self.session)
        reachable = type(kind.__name__, (kind,), {"shell_stream": Any()})  # else a real stream is demanded
        self.kernel = reachable(
            session=self.session,
            iopub_socket=self.iopub,
            shell_stream=self.shell,
            log=logging.getLogger(__name__),
        )
        self.context = copy_context()

    @property
    def published(self):
        return self.iopub.sent

    @property
    def replies(self):
        return self.shell.sent

    async def send(self, kind, **content):
        """Sends a message and lets the kernel begin to handle it; returns the task that does."""
        message = self.session.msg(kind, content)
        frames = [zmq.Message(frame) for frame in self.session.serialize(message)]
        task = asyncio.create_task(self.kernel.shell_main(None, frames), context=self.context)
        for _ in range(10):
            await asyncio.sleep(0)
        return task
