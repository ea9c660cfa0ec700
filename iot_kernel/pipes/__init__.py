"""Pipes, the kernel's side: messages from a board's frames, for any process of this computer that subscribes.

`hub` and `reassembly` make messages of frames, `listener` and `subscriber` send them by TCP, `state` says
where in a file, `service` is all of it for one kernel. `publisher`, `published` and `outbox` send them to an
MQTT broker. What subscribers import is `ukernel.pipes`. Never: a thread that reads a board and waits for a
subscriber, or what a message means.
"""
