"""What must not be loaded before it is needed: each of these costs every start of the kernel."""

import subprocess
import sys

from tests.each import each

#: What a kernel start does not need: a board's link, discovery, magics, and what only host cells draw with.
LATER = {
    "serial",
    "websocket",
    "zeroconf",
    "yaml",
    "numpy",
    "matplotlib",
    "ipympl",
    "pandas",
    "IPython.core.pylabtools",
    "iot_kernel.kernel.wiring",
}

#: Light enough for anything: errors and addresses are imported by tools that start often.
LIGHT = [
    "iot_kernel",
    "iot_kernel.errors",
    "iot_kernel.urls",
    "iot_kernel.transports",
    "iot_kernel.protocol.raw_repl",
]


def loaded_by(module):
    program = f"import sys, {module}; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(answer.stdout.split())


def test_the_kernel_loads_what_it_needs_to_start():
    assert not loaded_by("iot_kernel.kernel.kernel") & LATER


@each("module", LIGHT)
def test_light_modules_load_no_kernel(module):
    heavy = LATER | {"ipykernel", "jupyter_client", "zmq", "tornado", "asyncio"}
    assert not loaded_by(module) & heavy


def test_a_scheme_loads_only_its_own_library():
    assert not loaded_by("iot_kernel.transports.base") & LATER
    assert loaded_by("iot_kernel.transports.serial") & LATER == {"serial"}
    assert loaded_by("iot_kernel.transports.webrepl") & LATER == {"websocket"}
