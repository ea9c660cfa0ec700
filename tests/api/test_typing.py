"""What mypy tells people who write scripts; it finds the packages where they are installed."""

import re
import subprocess
import sys
from pathlib import Path

#: What a script writes, and what mypy knows of it.
TYPES = {
    "iot_kernel.connect()": "iot_kernel.api.device.ApiDevice",
    "iot_kernel.discover()[0].name": "str",
    "board.exec('1', timeout=1)": "str",
    "board.run(blink, 5)": "int",
    "board.install('aioble')": "list[str]",
    "board.soft_reset()": "str",
    "board.info.platform": "str",
    "board.clock.read().shown": "datetime.datetime",
    "board.events.on_reset": "def () -> object",
    "board.files": "iot_kernel.api.files.DeviceFiles",
    "board.files.read_bytes('/main.py')": "bytes",
    "board.files.sync('project', '/app').adds": "tuple[str, ...]",
    "board.programs.deploy('robot.ipynb')": "iot_kernel.api.programs.Deployment",
    "board.pipes().subscribe('adc')": "ukernel.pipes.client.Pipe",
    "board.pipes().subscribe('adc').read(timeout=5)": "bytes | None",
    "subscribe('adc').read()": "bytes | None",
    "record('adc', 'adc.csv').path": "pathlib.Path",
    "replay('adc.csv').read()": "bytes | None",
    "collect(['a:adc'], n=1)": "dict[str, Any]",
    "collect(['a:adc'], n=1, timestamps=True)": "ukernel.pipes.timed_pipes.TimedPipes",
    "collect(['a:adc'], n=1, timestamps=True)['a:adc'].error": "float",
}

#: The same in a coroutine, where the board is one of `iot_kernel.aio`.
ASYNC_TYPES = {
    "board": "iot_kernel.aio.device.AsyncDevice",
    "await board.exec('1')": "str",
    "await board.run(blink, 5)": "int",
    "await board.files.read_bytes('/main.py')": "bytes",
    "await board.programs.roll_back()": "int",
    "await (await board.pipes().stream('adc')).__anext__()": "bytes",
    "await iot_kernel.aio.discover()": "list[iot_kernel.api.connecting.FoundBoard]",
}

#: What mypy knows of numpy and other packages, which takes it many seconds, and stays for the next run.
CACHE = Path(__file__).parents[2] / ".mypy_cache" / "scripts"

#: What is wrong, and the kind of the error.
WRONG = {
    "board.exec(5)": "arg-type",
    "board.run(blink, 5) + 'ms'": "operator",
    "board.flies": "attr-defined",
    "iot_kernel.Session": "attr-defined",
    "ukernel.pipes.colect": "attr-defined",
}

HEAD = """\
import iot_kernel
import iot_kernel.aio
import ukernel.pipes
from ukernel.pipes import collect, record, replay, subscribe


def blink(times: int, pause: int = 10) -> int:
    return times * pause


board = iot_kernel.connect("sim://")
"""
COROUTINE = """\


async def main() -> None:
    async with iot_kernel.aio.connect("sim://") as board:
"""


def test_a_script_that_is_checked_strictly(tmp_path):
    sync = [f"reveal_type({each})" for each in TYPES]
    awaited = [f"        reveal_type({each})" for each in ASYNC_TYPES]
    lines = [*HEAD.splitlines(), *sync, *WRONG, *COROUTINE.splitlines(), *awaited]
    (tmp_path / "script.py").write_text("\n".join(lines) + "\n")
    told = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", CACHE, "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    revealed = re.findall(r'^script\.py:\d+: note: Revealed type is "(.*)"$', told, re.MULTILINE)
    asked = [*TYPES, *ASYNC_TYPES]
    assert dict(zip(asked, revealed, strict=True)) == TYPES | ASYNC_TYPES, told
    errors = re.findall(r"^script\.py:(\d+): error: .* \[(.*)\]$", told, re.MULTILINE)
    assert {lines[int(line) - 1]: kind for line, kind in errors} == WRONG, told
