"""What a board and the host say to each other, as state machines: bytes in, events and bytes out.

The raw REPL is specified in `raw_repl`, frames in `frames` and docs/reference/protocol.md. Never: I/O, a
clock or a thread.
"""
