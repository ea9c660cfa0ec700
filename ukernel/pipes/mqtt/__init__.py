"""Pipes by way of an MQTT broker: what both its sides share, and the reading side.

`topics` and `batches` specify what goes over the broker; they and `following` do no I/O. `address` reads the
url of a broker, `link` keeps a connection to it, and `relay` gives the messages of a pipe there to the same
readers as a kernel's. `iot_kernel.pipes.publisher` is the other side. Never: a thread beside that of `link`.
"""
