"""Functions are called on the event loop's thread, and what they return or raise comes back."""

import asyncio
import threading

import pytest

from iot_kernel.kernel.on_loop import OnLoop


@pytest.fixture
def on_loop():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="the loop")
    thread.start()
    yield OnLoop(loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_function_is_called_there(on_loop):
    assert on_loop(lambda: threading.current_thread().name) == "the loop"


def test_what_it_raises_comes_back(on_loop):
    with pytest.raises(ZeroDivisionError):
        on_loop(lambda: 1 // 0)
