"""How a breakpoint is understood; which code gets checkpoints for it is shown in test_breakpoints."""

import pytest

from iot_kernel.debugging.frontend.breakpoint import understood
from iot_kernel.debugging.instrumentation.instrument import instrument

POINTS = instrument("x = 1\n\ndef f():\n    return x\n").checkpoints


def made(waits=lambda point: False, traces=None, points=POINTS, **wanted):
    return understood(7, wanted, points, waits, traces)


def test_it_stops_in_the_first_line_with_code():
    assert made(line=2).row("p") == {"id": 7, "line": 4, "source": {"path": "p"}, "verified": True}


@pytest.mark.parametrize(
    "wanted", [{"line": 9}, {"line": 1, "hitCondition": "3"}, {"line": 1, "condition": "x ="}]
)
def test_it_says_why_it_stops_nowhere(wanted):
    assert not made(**wanted).is_verified
    assert made(**wanted).message


def test_a_text_that_is_not_known_keeps_the_line():
    assert (made(points=None, line=9).line, made(points=None, line=9).is_verified) == (9, True)


@pytest.mark.parametrize(("traces", "waits_in"), [(None, "f"), (False, "f"), (True, "")])
def test_a_function_that_has_to_run_again(traces, waits_in):
    found = made(lambda point: point.line == 4, traces, line=4)
    assert (found.is_verified, found.waits_in, bool(found.message)) == (True, waits_in, bool(waits_in))
