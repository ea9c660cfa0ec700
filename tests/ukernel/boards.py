"""Several kernels, each with a board of a name, as other processes find them."""

import json
import os
import struct
import threading
import time
from contextlib import ExitStack, contextmanager

from tests.pipes import kernels
from ukernel.pipes.endpoints import state_path


@contextmanager
def bench(*names):
    """Kernels with boards of these names, in the state file; a board's uid is ``uid-`` and its number."""
    with ExitStack() as stack:
        running = [stack.enter_context(kernels.kernel(f"token-{number}")) for number in range(len(names))]
        write_state(*zip(names, running, strict=True))
        yield running


def write_state(*boards):
    """Names kernels and their boards in the state file."""
    state_path().parent.mkdir(exist_ok=True)
    entries = [
        {
            "pid": os.getpid(), "started": number, "port": kernel.port, "token": kernel.token, "device": name,
            "uid": f"uid-{number}", "url": f"sim://{number}",
        }
        for number, (name, kernel) in enumerate(boards)
    ]  # fmt: skip
    state_path().write_text(json.dumps({"kernels": entries}))


@contextmanager
def writing(kernel, values, *, name="adc", end=True, wait=0.0, clock=None, pack="<f"):
    """Writes messages once somebody has subscribed, with the stamps of a clock if there is one."""

    def run():
        kernel.wait_for(name)
        for value in values:
            row = value if isinstance(value, tuple) else (value,)
            stamp = b"" if clock is None else struct.pack("<I", round(clock() * 1e6) % 2**30)
            kernel.board.write(name, stamp + struct.pack(pack, *row))
            time.sleep(wait)
        if end:
            kernel.board.close(name)

    kernel.board.open(name, stamps=clock is not None)
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()
