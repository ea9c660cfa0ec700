"""Asks the process in which jedi reads. It starts with the first question, and anew when it died or hung."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
from pathlib import Path
from typing import Any

from iot_kernel.analysis.static_names import StaticName

#: s for an answer; a slow computer takes 20 for the first, in which jedi reads what it keeps for later
TIMEOUT = 40.0

#: s that a question waits for those before it, before it is dropped
TURN_TIMEOUT = 5.0

#: bytes of one answer: 300 names are 20 KB
_LONGEST_ANSWER = 4 * 1024 * 1024


class Analysis:
    """The process. The constructor touches nothing; everything runs on one event loop."""

    def __init__(self) -> None:
        self._start: asyncio.Task[asyncio.subprocess.Process] | None = None
        self._is_closed = False
        self._turn = asyncio.Lock()
        self._numbers = itertools.count()

    async def complete(
        self, stubs: Path | None, before: str, code: str, cursor: int
    ) -> dict[str, StaticName]:
        """Names that may be meant at a cursor; see `StaticNames.complete`."""
        found = await self._ask("complete", stubs, before, code, cursor)
        return {row[0]: StaticName(*row) for row in found} if isinstance(found, list) else {}

    async def signatures(self, stubs: Path | None, before: str, code: str, cursor: int) -> list[str]:
        """Signatures of the function whose arguments are being typed."""
        found = await self._ask("signatures", stubs, before, code, cursor)
        return found if isinstance(found, list) else []

    async def help(self, stubs: Path | None, before: str, code: str, cursor: int) -> str | None:
        """Signatures and docstring of the name at a cursor."""
        found = await self._ask("help", stubs, before, code, cursor)
        return found if isinstance(found, str) else None

    async def source(self, stubs: Path | None, before: str, code: str, cursor: int) -> str | None:
        """The text of a cell that defines the name at a cursor."""
        found = await self._ask("source", stubs, before, code, cursor)
        return found if isinstance(found, str) else None

    async def modules(self, stubs: Path | None, package: str = "") -> list[str]:
        """Modules of which there are stubs; see `StaticNames.modules`."""
        found = await self._ask("modules", stubs, "", package, 0)
        return found if isinstance(found, list) else []

    async def close(self) -> None:
        """Ends the process for good: who still asks is told nothing."""
        self._is_closed = True
        await self._end()

    async def _end(self) -> None:
        """Ends the process; the next question finds a fresh one."""
        start, self._start = self._start, None
        if start is not None:
            with contextlib.suppress(OSError):  # it could not be started, or has ended
                process = await start
                process.kill()
                await process.wait()

    async def _ask(self, do: str, stubs: Path | None, before: str, code: str, cursor: int) -> Any:  # noqa: ANN401
        request = {
            "number": next(self._numbers),
            "do": do,
            "stubs": None if stubs is None else str(stubs),
            "before": before,
            "code": code,
            "cursor": cursor,
        }
        try:
            async with asyncio.timeout(TURN_TIMEOUT):
                await self._turn.acquire()
        except TimeoutError:
            return None
        try:
            return None if self._is_closed else await asyncio.wait_for(self._exchange(request), TIMEOUT)
        except (TimeoutError, OSError, ValueError, EOFError):
            await self._end()
            return None
        except asyncio.CancelledError:
            await self._end()  # its answer would come to the next question
            raise
        finally:
            self._turn.release()

    async def _exchange(self, request: dict[str, object]) -> Any:  # noqa: ANN401
        process = await self._started()
        assert process.stdin is not None  # noqa: S101  both are pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(json.dumps(request).encode() + b"\n")
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line:
            raise EOFError
        answer = json.loads(line)
        return answer["result"] if answer["number"] == request["number"] else None

    async def _started(self) -> asyncio.subprocess.Process:
        """The process; nobody who gives up breaks off its start, which asyncio would wait for in vain."""
        if self._start is None or (self._start.done() and self._start.result().returncode is not None):
            self._start = asyncio.ensure_future(_start_process())
        return await asyncio.shield(self._start)


async def _start_process() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "iot_kernel.analysis.server",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LONGEST_ANSWER,
    )
