"""The same calls, awaited: the loop goes on, boards run side by side, a cancelled call does no harm."""

import asyncio
import inspect
import os
import signal
import socket
import threading

import pytest

import iot_kernel
import iot_kernel.aio
from iot_kernel import DeviceError
from tests.api.conftest import places  # noqa: F401  a fixture
from tests.real_boards import kinds

pytestmark = pytest.mark.board


@pytest.fixture
def two(tmp_path):
    """Two virtual boards, switched off."""
    with kinds.unix(tmp_path / "one") as one, kinds.unix(tmp_path / "two") as two:
        yield one, two


def double(x):
    return x * 2


async def use(url, n):
    async with iot_kernel.aio.connect(url) as board:
        assert isinstance(board, iot_kernel.aio.Device)
        await board.set("n", n)
        assert await board.exec("print(n)") == f"{n}\n"
        assert await board.run(double, n) == 2 * n == await board.eval("n * 2")
        await board.files.write_bytes("a.txt", b"a")
        assert await board.files.listdir() == ["a.txt"]
        assert [names for _, _, names in await board.files.walk()] == [["a.txt"]]
        assert await board.get("n") == n
        assert (await board.clock.read()).epoch
        await board.soft_reset()
        with pytest.raises(iot_kernel.VariableNotFoundError):
            await board.get("n")
        assert board.is_open
        assert board.info.platform == "linux"
    assert not board.is_open
    with pytest.raises(iot_kernel.DeviceClosedError):
        await board.exec("1")


def test_two_boards_at_once(two):
    async def run():
        await asyncio.gather(*(use(board.url, n) for n, board in enumerate(two)))

    asyncio.run(run())


def test_a_cancelled_call_leaves_the_board_usable(two):
    async def run():
        board = await iot_kernel.aio.connect(two[0].url)
        try:
            for code in ("while True: pass", "import time\ntry:\n time.sleep(60)\nfinally: ended = True"):
                call = asyncio.create_task(board.exec(code))
                ticks = 0
                while ticks < 20:  # the loop goes on meanwhile
                    await asyncio.sleep(0.01)
                    ticks += 1
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
                assert await board.eval("1 + 1") == 2
            assert await board.get("ended") is True
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await board.exec("while True: pass")
            waiting = [asyncio.create_task(board.exec(f"print({n})")) for n in range(3)]
            waiting[1].cancel()
            assert [await waiting[0], await waiting[2]] == ["0\n", "2\n"]
        finally:
            await board.close()

    asyncio.run(run())


def test_a_signal_handler_cancels_a_call_while_the_loop_sleeps(two):
    """The stop button of Jupyter's Python kernel cancels a cell that way."""

    async def run():
        async with iot_kernel.aio.connect(two[0].url) as board:
            call = asyncio.create_task(board.exec("import time\ntime.sleep(10)\nhas_gone_on = True"))
            handler = signal.signal(signal.SIGUSR1, lambda *_: call.cancel())
            timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1))
            timer.start()
            try:
                with pytest.raises(asyncio.CancelledError):
                    await call
            finally:
                timer.join()
                signal.signal(signal.SIGUSR1, handler)
            with pytest.raises(iot_kernel.VariableNotFoundError):
                await board.get("has_gone_on")

    asyncio.run(run())


def test_a_transfer_or_a_connection_that_is_cancelled(tmp_path):
    async def run(url, silent):
        async with iot_kernel.aio.connect(url) as board:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await board.files.write_bytes("big.bin", os.urandom(100_000))
            assert await board.eval("1 + 1") == 2
            assert await board.files.listdir() == []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await iot_kernel.aio.connect(f"socket://127.0.0.1:{silent.getsockname()[1]}")

    with socket.create_server(("127.0.0.1", 0)) as silent:
        asyncio.run(run(kinds.unix(tmp_path / "slow", link="115200").url, silent))


def test_pipes_are_streams(two):
    async def run():
        async with iot_kernel.aio.connect(two[0].url) as board:
            await board.exec("import ucore\nadc = ucore.open_pipe('adc')")
            stream = await board.pipes().stream("adc")
            first = asyncio.create_task(anext(stream))
            while not board.pipes().open()[0].subscribers:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            await board.exec("adc.write(b'x')")
            assert await first == b"x"
            await stream.aclose()

    asyncio.run(run())


def test_errors_are_the_same(two):
    async def run():
        async with iot_kernel.aio.connect(two[0].url) as board:
            with pytest.raises(DeviceError, match="ZeroDivisionError"):
                await board.exec("1 // 0")
            timer = asyncio.get_running_loop().call_later(0.3, board.interrupt)
            with pytest.raises(DeviceError, match="KeyboardInterrupt"):
                await board.exec("while True: pass")
            timer.cancel()
        with pytest.raises(iot_kernel.ConnectError):
            await iot_kernel.aio.connect("serial:///dev/nosuchport")

    asyncio.run(run())


def test_it_has_all_that_the_other_has():
    pairs = [
        (iot_kernel.Device, iot_kernel.aio.Device),
        (iot_kernel.DeviceFiles, type_of("files")),
        (iot_kernel.DeviceClock, type_of("clock")),
        (iot_kernel.DevicePrograms, type_of("programs")),
    ]
    for blocking, awaited in pairs:
        names = {name for name in vars(blocking) if not name.startswith("_")}
        assert names <= set(dir(awaited))
        for name in names:
            one, other = inspect.getattr_static(blocking, name), inspect.getattr_static(awaited, name)
            if inspect.iscoroutinefunction(other) and name != "close":
                assert inspect.signature(one).parameters.keys() == inspect.signature(other).parameters.keys()


def type_of(name):
    from iot_kernel.aio import device

    return {
        "files": device.AsyncFiles,
        "clock": device.AsyncClock,
        "programs": device.AsyncPrograms,
    }[name]
