"""What log points say, joined."""

import asyncio

from iot_kernel.debugging.messages import Continued, Logged
from iot_kernel.kernel.debugger.log_points import LogPoints
from iot_kernel.kernel.output import BURST


def taken(*events, lasts=3 * BURST):
    """What comes of events, at once and a little later."""
    seen = []

    async def put():
        points = LogPoints(asyncio.get_running_loop(), seen.append)
        for event in events:
            points.put(event)
        at_once = list(seen)
        await asyncio.sleep(lasts)
        return at_once, seen[len(at_once) :]

    return asyncio.run(put())


def test_what_is_said_at_a_time_is_told_once():
    assert taken(*(Logged(f"i={i}") for i in range(3))) == ([], [Logged("i=0\ni=1\ni=2")])


def test_what_comes_behind_is_told_behind():
    events = (Logged("one"), Continued(), Logged("two"))
    assert taken(*events) == ([Logged("one"), Continued()], [Logged("two")])


def test_all_else_is_told_at_once():
    assert taken(Continued()) == ([Continued()], [])
