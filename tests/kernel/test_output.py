"""What a cell shows: order, bursts, the pace a server allows, and what is left out of too much."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.kernel import output
from iot_kernel.kernel.backlog import PIECE
from iot_kernel.kernel.output import (
    WINDOW,
    WINDOW_BYTES,
    Bursts,
    CellOutput,
    Pace,
)

PARENT = {"header": {"msg_id": "1"}}
DEADLINE = 20.0


class Frontend:
    """Notes what is published."""

    def __init__(self):
        self.messages = []
        self.arrived = threading.Condition()

    def publish(self, kind, content, parent, metadata):
        with self.arrived:
            self.messages.append((kind, content, parent))
            self.arrived.notify_all()

    def streams(self):
        return [(content["name"], content["text"]) for kind, content, _ in self.messages if kind == "stream"]

    def text(self):
        return "".join(text for _, text in self.streams())


@pytest.fixture
def frontend():
    return Frontend()


@pytest.fixture
def bursts():
    bursts = Bursts()
    yield bursts
    bursts.close()


@pytest.fixture
def cell(frontend, bursts):
    return CellOutput(frontend.publish, PARENT, 7, bursts, Pace())


class TestPace:
    @given(
        st.lists(
            st.tuples(st.floats(0, 0.5), st.integers(1, PIECE * 6)),
            max_size=200,
        )
    )
    def test_never_exceeds_the_window(self, messages):
        pace, now, sent = Pace(), 0.0, []
        for pause, size in messages:
            now += pause
            while (delay := pace.delay(now, size)) > 0:
                now += delay
            pace.count(now, size)
            sent.append((now, size))
        for end, _ in sent:
            inside = [size for at, size in sent if at <= end < at + WINDOW]
            assert len(inside) == 1 or sum(inside) <= WINDOW_BYTES

    def test_counts_messages_too(self):
        pace = Pace()
        for _ in range(output.WINDOW_MESSAGES):
            assert pace.delay(0.0, 1) == 0.0
            pace.count(0.0, 1)
        assert pace.delay(0.0, 1) == pytest.approx(WINDOW)
        assert pace.delay(WINDOW, 1) == 0.0

    def test_lets_a_message_larger_than_the_window_pass_alone(self):
        assert Pace().delay(0.0, 10 * WINDOW_BYTES) == 0.0

    def test_reset_forgets(self):
        pace = Pace()
        pace.count(0.0, WINDOW_BYTES)
        assert pace.delay(0.0, 1) > 0
        pace.reset()
        assert pace.delay(0.0, 1) == 0.0


class TestCellOutput:
    def test_text_leaves_by_itself(self, cell, frontend):
        cell.stdout("hello")
        with frontend.arrived:
            assert frontend.arrived.wait_for(lambda: frontend.messages, DEADLINE)
        assert frontend.messages == [("stream", {"name": "stdout", "text": "hello"}, PARENT)]

    def test_text_written_later_leaves_by_itself_again(self, cell, frontend):
        for number in range(3):
            cell.stdout(str(number))
            with frontend.arrived:
                assert frontend.arrived.wait_for(lambda: frontend.text().endswith(str(number)), DEADLINE)  # noqa: B023
        assert frontend.text() == "012"

    def test_many_lines_make_few_messages(self, cell, frontend):
        for number in range(20_000):
            cell.stdout(f"{number}\n")
        cell.flush()
        assert frontend.text() == "".join(f"{number}\n" for number in range(20_000))
        assert len(frontend.messages) <= 10

    def test_text_comes_before_what_was_shown_after_it(self, cell, frontend):
        cell.stdout("a")
        cell.stderr("b")
        cell.display({"text/plain": "c"}, display_id="d")
        cell.stdout("e")
        cell.result({"text/plain": "42"})
        cell.stdout("f")
        cell.error("E", "v", ["t"])
        kinds = [kind for kind, _, _ in frontend.messages]
        assert kinds == ["stream", "stream", "display_data", "stream", "execute_result", "stream", "error"]

    def test_messages_as_the_specification_has_them(self, cell, frontend):
        cell.display({"text/plain": "a"}, metadata={"m": 1})
        cell.display({"text/plain": "b"}, display_id="d", update=True)
        cell.result({"text/plain": "42"}, {"a": 1})
        cell.error("E", "v", ("t",))
        assert [(kind, content) for kind, content, _ in frontend.messages] == [
            ("display_data", {"data": {"text/plain": "a"}, "metadata": {"m": 1}, "transient": {}}),
            (
                "update_display_data",
                {"data": {"text/plain": "b"}, "metadata": {}, "transient": {"display_id": "d"}},
            ),
            ("execute_result", {"data": {"text/plain": "42"}, "metadata": {"a": 1}, "execution_count": 7}),
            ("error", {"ename": "E", "evalue": "v", "traceback": ["t"]}),
        ]

    def test_messages_that_are_made_later_keep_their_place(self, cell, frontend):
        made = []

        def make():
            made.append(len(frontend.messages))
            yield "display_data", {"data": {"text/plain": "c"}}
            yield "stream", {"name": "stderr", "text": "note"}

        cell.stdout("a")
        cell.later(make, 5)
        cell.stdout("b")
        assert made == []
        cell.flush()
        assert [content.get("text") for _, content, _ in frontend.messages] == ["a", None, "note", "b"]
        assert made == [1]

    def test_messages_that_are_made_later_are_sent_by_themselves(self, cell, frontend):
        cell.later(lambda: [("clear_output", {"wait": True})], 0)
        with frontend.arrived:
            assert frontend.arrived.wait_for(lambda: frontend.messages, DEADLINE)
        assert frontend.messages == [("clear_output", {"wait": True}, PARENT)]

    def test_threads_do_not_tear_each_others_text(self, cell, frontend):
        def write(name):
            for _ in range(500):
                cell.stdout(f"{name * 20}\n")

        threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cell.flush()
        lines = frontend.text().splitlines()
        assert sorted(lines) == sorted(name * 20 for name in "abcd" for _ in range(500))

    def test_cut_ends_the_wait_for_the_pace(self, cell, frontend):
        cell.stdout("x" * (3 * WINDOW_BYTES))
        flushing = threading.Thread(target=cell.flush)
        flushing.start()
        with frontend.arrived:
            assert frontend.arrived.wait_for(lambda: len(frontend.text()) > WINDOW_BYTES - PIECE, DEADLINE)
        cell.cut()
        flushing.join(DEADLINE)
        assert not flushing.is_alive()
        assert "characters of output left out" in frontend.text()
        assert len(frontend.text()) < 2 * WINDOW_BYTES

    def test_a_long_output_arrives_whole_and_in_order(self, frontend, bursts, monkeypatch):
        monkeypatch.setattr(output, "WINDOW", 0.05)
        cell = CellOutput(frontend.publish, PARENT, 1, bursts, Pace())
        text = "".join(f"{number:09}\n" for number in range(600_000))
        for start in range(0, len(text), 1000):
            cell.stdout(text[start : start + 1000])
        cell.flush()
        assert frontend.text() == text

    def test_nothing_is_sent_for_empty_text(self, cell, frontend):
        cell.stdout("")
        cell.flush()
        assert frontend.messages == []


def test_bursts_end_their_thread(frontend):
    bursts = Bursts()
    cell = CellOutput(frontend.publish, PARENT, 1, bursts, Pace())
    cell.stdout("x")
    bursts.close()
    bursts.close()
    assert not any(thread.name == "IoT output" for thread in threading.enumerate())
    cell.stdout("y")
    time.sleep(2 * output.BURST)
    cell.flush()
    assert frontend.text() == "xy"
