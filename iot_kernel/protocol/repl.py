"""What a host talks to at a board's other end: one of two machines with the same surface and events."""

from __future__ import annotations

from iot_kernel.protocol.message_repl import MessageRepl
from iot_kernel.protocol.raw_repl import RawRepl

Repl = RawRepl | MessageRepl
