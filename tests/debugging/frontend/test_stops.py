"""What frontends hear of a board that stands."""

import pytest

from iot_kernel.debugging.frontend.stops import THREADS
from iot_kernel.debugging.messages import Continued, Logged
from tests.debugging.frontend.scripted_debugger import Session

CELL = "x = 1\nx = 2\n"


@pytest.fixture
def session():
    session = Session()
    session.attach()
    (point,) = session.set_lines(CELL, 2)
    session.run(CELL)
    session.number, session.point = session.checkpoint(CELL, 2), point
    return session


def test_a_stop_names_the_thread_and_the_breakpoint(session):
    session.stop(session.number)
    body = session.event("stopped")
    assert (body["reason"], body["threadId"]) == ("breakpoint", THREADS[0])
    assert body["hitBreakpointIds"] == [session.point["id"]]
    assert body["allThreadsStopped"] is False


def test_going_on_is_told_once(session):
    session.stop(session.number)
    session.adapter.stops.take(Continued())
    session.adapter.stops.take(Continued())
    session.adapter.stops.leave()
    assert [event["event"] for event in session.events] == ["stopped", "continued"]
    assert [event["seq"] for event in session.events] == [1, 2]
    assert session.event("continued")["threadId"] == THREADS[0]


def test_a_second_stop_ends_the_first(session):
    session.stop(session.number)
    session.stop(session.number, reason="step")
    assert [event["event"] for event in session.events] == ["stopped", "continued", "stopped"]


def test_other_threads_have_numbers_of_their_own(session):
    session.stop(session.number, thread=140_000_000_000_000)
    assert session.event("thread") == {"reason": "started", "threadId": THREADS[1]}
    assert session.event("stopped")["threadId"] == THREADS[1]
    session.stop(session.number, thread=140_000_000_000_000)
    assert [event["event"] for event in session.events].count("thread") == 1
    threads = session.ask("threads")["threads"]
    assert [each["id"] for each in threads] == [1, THREADS[0], THREADS[1]]
    assert session.request("stackTrace", threadId=1) is None  # debugpy's: a host cell may stand as well


def test_a_condition_that_fails_stops_and_says_why(session):
    session.stop(session.number, reason="error", text="NameError: name 'y' isn't defined")
    assert session.event("stopped")["reason"] == "breakpoint"
    assert "name 'y'" in session.event("stopped")["description"]
    assert session.event("output")["category"] == "stderr"


def test_log_messages_go_to_the_console(session):
    session.adapter.stops.take(Logged("x is 1"))
    assert session.event("output") == {"category": "console", "output": "x is 1\n"}


def test_an_error_stands_where_it_was_raised(session):
    session.adapter.stops.take_error(session.cells.table.stack([session.number]), "ValueError: no")
    body = session.event("stopped")
    assert (body["reason"], body["text"]) == ("exception", "ValueError: no")
    assert [frame["line"] for frame in session.frames()] == [2]
