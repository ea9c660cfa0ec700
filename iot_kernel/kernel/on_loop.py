"""Calls of functions on the kernel's event loop, from other threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class OnLoop:
    """Calls functions on an event loop, from any thread but the loop's own.

    Args:
        loop: the event loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def __call__(self, function: Callable[[], Result]) -> Result:
        """Blocks until the function has returned; returns and raises what it does."""

        async def call() -> Result:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()
