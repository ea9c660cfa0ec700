"""``await`` outside of functions, under the asyncio of real boards."""

import re
from pathlib import Path

import pytest

from iot_kernel.device.board_asyncio import AsyncioMissingError
from iot_kernel.errors import DeviceError
from tests.device.test_cells import Cell, run
from tests.device.test_device import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

SETUP = """import asyncio
async def twice(n):
    await asyncio.sleep_ms(n)
    return 2 * n

class Count:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.n -= 1
        if self.n < 0:
            raise StopAsyncIteration
        return await twice(self.n)

class Room:
    async def __aenter__(self):
        await asyncio.sleep_ms(1)
        return "in"

    async def __aexit__(self, kind, error, traceback):
        await asyncio.sleep_ms(1)
        print("out", kind and kind.__name__)
        return kind is ValueError

async def fail():
    await asyncio.sleep_ms(1)
    1/0

async def wait():
    try:
        print("on")
        await asyncio.sleep(100)
    finally:
        print("finally")

async def spin():
    print("on")
    while True:
        pass
"""


@pytest.fixture(scope="module")
def unix(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("asyncio") / "board") as board:
        device = opened(board.url)
        yield device
        device.close()


@pytest.fixture(scope="module")
def wasm(wasm_process):
    wasm_process.renew()
    device = opened(wasm_process.url)
    yield device
    device.close()


@pytest.fixture(params=["unix", "wasm"])
def device(request):
    """A board with the functions above; the same one for all tests."""
    device = request.getfixturevalue(request.param)
    run(device, SETUP)
    return device


def test_values_and_variables(device):
    assert run(device, "x = await twice(4)") == ("", None)
    assert run(device, "x") == ("", "8")
    assert run(device, "await twice(1)") == ("", "2")
    assert run(device, "await twice(1);") == ("", None)
    assert run(device, "[await twice(await twice(i)) for i in range(3)], f'{await twice(5)}'") == (
        "",
        "([0, 4, 8], '10')",
    )
    assert run(device, "if 1:\n  for i in range(2):\n    y = await twice(i)\ny, i") == ("", "(2, 1)")
    assert run(device, "await asyncio.gather(twice(1), twice(2))") == ("", "[2, 4]")


def test_the_cell_of_the_docs(device):
    text = (Path(__file__).parents[2] / "docs" / "reference" / "cells.md").read_text(encoding="utf-8")
    cell = next(code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "await" in code)
    assert run(device, cell) == ("", "[42, 42]")


def test_loops_and_contexts(device):
    assert run(device, "async for i in Count(3):\n  print(i)\nelse:\n  print('end')\ni") == (
        "4\n2\n0\nend\n",
        "0",
    )
    assert run(device, "[i async for i in Count(3) if await twice(i)]") == ("", "[4, 2]")
    assert run(device, "async with Room() as r, Room():\n  print(r)\nr") == (
        "in\nout None\nout None\n",
        "'in'",
    )
    assert run(device, "async with Room():\n  raise ValueError(3)\nawait twice(1)") == (
        "out ValueError\n",
        "2",
    )


def test_a_traceback_names_the_lines_of_the_cell(device):
    code = "async def inner():\n    await fail()\n\n\nawait twice(1)\nawait inner()"
    with pytest.raises(DeviceError) as raised:
        run(device, code)
    frames = [line.strip() for line in raised.value.traceback.split("\n")]
    assert frames[1:3] == ['File "<stdin>", line 6, in <module>', 'File "<stdin>", line 2, in inner']
    assert frames[3].endswith("in fail")
    assert frames[4].startswith("ZeroDivisionError")
    with pytest.raises(DeviceError) as raised:
        run(device, "async with Room():\n\n  await fail()")
    assert raised.value.traceback.count("File") == 2


def test_tasks_go_on_with_the_next_await(device):
    """They sleep by the same object of asyncio as the cell does."""
    run(
        device,
        "seen = []\nasync def tick():\n  while True:\n    seen.append(1)\n    await asyncio.sleep_ms(1)\n",
    )
    run(device, "task = asyncio.create_task(tick())\nawait asyncio.sleep_ms(20)\nfirst = len(seen)")
    assert run(device, "await asyncio.sleep_ms(20)\n1 < first < len(seen)") == ("", "True")
    assert run(device, "task.cancel()\nawait asyncio.sleep_ms(5)\ntask.done()") == ("", "True")


def test_what_nothing_can_wake(device):
    with pytest.raises(DeviceError, match="no task is left that could wake"):
        run(device, "await asyncio.Event().wait()\nprint('never')")
    assert run(device, "await twice(1)") == ("", "2")


@pytest.mark.parametrize(("function", "end"), [("wait", "finally\n"), ("spin", "")])
def test_stop_ends_it_and_all_tasks_and_the_next_cell_awaits(device, function, end):
    run(device, "async def later():\n  await asyncio.sleep_ms(500)\n  print('later')")
    run(device, "task = asyncio.create_task(later())\nawait asyncio.sleep_ms(1)")
    cell = Cell(device, f"async with Room():\n  await {function}()").after("on")
    device.interrupt()
    error = cell.end().error
    assert error.ename == "KeyboardInterrupt"
    assert 'File "<stdin>", line 2, in <module>' in error.traceback
    assert cell.text == f"on\n{end}out KeyboardInterrupt\n"
    assert run(device, "await asyncio.sleep_ms(600)\nawait twice(3)") == ("", "6")


def test_a_function_that_was_deleted_is_there_for_the_cell_after_the_next(device):
    with pytest.raises(DeviceError):
        run(device, "del __iot_a__\nawait twice(1)")
    assert run(device, "await twice(1)") == ("", "2")


def test_after_a_reset(unix):
    run(unix, "import asyncio\nawait asyncio.sleep(0)")
    unix.soft_reset()
    assert run(unix, "import asyncio\nawait asyncio.sleep(0)\n5") == ("", "5")


def test_syntax_that_only_the_board_can_judge(device):
    with pytest.raises(DeviceError, match="'await' outside function"):
        run(device, "class A:\n  a = await twice(1)")


def test_a_board_without_asyncio(microbit):
    device = opened(microbit.url)
    with pytest.raises(AsyncioMissingError, match=r"the cell was not run: .* no module asyncio"):
        run(device, "print('never')\nawait x")
    assert run(device, "5") == ("", "5")
    device.close()


def test_circuitpython_is_told_which_library_it_needs():
    assert "Adafruit's library 'asyncio'" in str(AsyncioMissingError("circuitpython"))
    assert "Adafruit" not in str(AsyncioMissingError("micropython"))
