"""Pipes in asynchronous code."""

import asyncio

import pytest

from ukernel.pipes import discovery
from ukernel.pipes.aio import stream
from ukernel.pipes.framing import PipeError


@pytest.fixture
def place(kernel):
    return {"port": kernel.port, "token": kernel.token}


async def subscribed(kernel, count=1):
    await asyncio.to_thread(kernel.wait_for, "adc", count)


def test_messages_until_the_end(kernel, board, place):
    async def read():
        board.open("adc")
        task = asyncio.create_task(collect())
        await subscribed(kernel)
        for data in (b"1", b"", bytes(65535)):
            board.write("adc", data)
        board.close("adc")
        return await task

    async def collect():
        return [data async for data in stream("adc", **place)]

    assert asyncio.run(read()) == [b"1", b"", bytes(65535)]
    kernel.wait_for("adc", 0)


def test_it_blocks_no_event_loop(kernel, board, place):
    async def main():
        async with stream("adc", **place) as pipe:
            waiting = asyncio.ensure_future(anext(pipe))
            await subscribed(kernel)
            board.open("adc")
            for _ in range(10):
                await asyncio.sleep(0.001)
            assert not waiting.done()
            board.write("adc", b"now")
            return await waiting, pipe.arrived > 0, pipe.lost

    assert asyncio.run(main()) == (b"now", True, 0)
    kernel.wait_for("adc", 0)


def test_a_break_hangs_up(kernel, board, place):
    async def main():
        board.open("adc")
        async with stream("adc", **place) as pipe:
            asyncio.get_running_loop().create_task(write())
            async for _ in pipe:
                break
        await pipe.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(pipe)

    async def write():
        await subscribed(kernel)
        board.write("adc", b"1")

    asyncio.run(main())
    kernel.wait_for("adc", 0)


def test_cancelled_while_it_waits(kernel, place):
    async def main():
        async with stream("adc", **place) as pipe:
            waiting = asyncio.ensure_future(anext(pipe))
            await subscribed(kernel)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(main())
    kernel.wait_for("adc", 0)


def test_cancelled_while_a_kernel_is_looked_for(monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", 0.2)

    async def main():
        waiting = asyncio.ensure_future(anext(stream("adc")))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())


def test_errors(kernel, monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", 0.1)

    async def first(**place):
        async with stream("adc", **place) as pipe:
            await anext(pipe)

    with pytest.raises(PipeError, match="wrong token"):
        asyncio.run(first(port=kernel.port, token="x"))
    with pytest.raises(ConnectionError, match="no kernel is listed"):
        asyncio.run(first())
    with pytest.raises(ValueError, match="the name of a pipe"):
        stream("")
