"""What a consumer's process loads: next to nothing."""

import subprocess
import sys

HEAVY = {"ipykernel", "jupyter_core", "jupyter_client", "IPython", "zmq", "tornado", "traitlets", "serial"}
HEAVY |= {"websocket", "zeroconf", "yaml", "numpy", "matplotlib", "asyncio", "filelock"}


def run(program):
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(answer.stdout.split())


def test_the_library_is_light():
    loaded = run("import sys; from ukernel.pipes import subscribe, collect; print(*sys.modules)")
    assert not loaded & HEAVY
    bare = run("import sys, socket, json; print(*sys.modules)")  # an interpreter may load some by itself
    assert not loaded & {"dataclasses", "inspect", "pathlib", "urllib"} - bare
    lowest = {
        "clock_fit",
        "framing",
        "inbox",
        "endpoints",
        "reader",
        "reading",
        "sources",
        "timed",
        "timed_pipes",
    }
    ours = {f"ukernel.pipes.{name}" for name in {"client", "collecting", "discovery", "gather"} | lowest}
    assert {name for name in loaded if name.startswith(("iot_kernel", "ukernel."))} == {
        "ukernel.interruptible",
        "ukernel.pipes",
    } | ours


def test_what_it_offers():
    names = run("import ukernel.pipes; print(*ukernel.pipes.__all__)")
    assert names >= {
        "subscribe",
        "collect",
        "live_plot",
        "stop_live",
        "record",
        "stream",
        "Pipe",
        "PipeError",
    }
    assert names <= run("import ukernel.pipes; print(*dir(ukernel.pipes))")
    for name in ("record", "stream"):
        run(f"from ukernel.pipes import {name}")
