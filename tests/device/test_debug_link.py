"""Commands and answers, over a device that says what a test wants."""

import threading
import time

import pytest

from iot_kernel.debugging.errors import CommandFailedError, CommandLostError, NotStoppedError
from iot_kernel.debugging.messages import Continued, Logged, Stopped
from iot_kernel.device.debug_link import DebugLink

#: s; short, and long enough for a loaded machine where nothing is waited for
REPEATS = (0.05, 0.05, 20.0)

STANDS = b"s(7,True,1,'breakpoint','',[3])"


class FakeDevice:
    """Notes what it gets; ``unanswered`` says how many lines it leaves unanswered first, None for all."""

    def __init__(self, unanswered=0, answer="5", on_busy=None):
        self.unanswered = unanswered
        self.answer = answer
        self.lines, self.codes = [], []
        self.requests = self.doubts = 0
        self.link = None
        self.is_asking = False
        self.on_busy = on_busy  # what happens while code has to wait for other code

    def command(self, line):
        self.lines.append(line)
        self._reply(line)

    def exec_soon(self, code, *, patience, timeout):
        if self.on_busy:
            self.on_busy()
            return False
        self.codes.append(code)
        self._reply(code.split("'")[1])
        return True

    def _reply(self, line):
        if self.unanswered is None or self.unanswered:
            self.unanswered = self.unanswered and self.unanswered - 1
            return
        data = f"a('{line.partition(' ')[0]}',{self.answer})".encode()
        threading.Thread(target=self.link.take, args=(data,)).start()

    def note_request(self):
        self.requests += 1

    def mark_unsynced(self):
        self.doubts += 1


@pytest.fixture
def linked():
    """Gives a link to a device, and the events that come."""

    def make(**options):
        device, events = FakeDevice(**options), []
        device.link = DebugLink(device, events.append)
        return device, device.link, events

    return make


def test_a_board_that_waits_for_code_gets_commands_as_code(linked):
    device, link, _ = linked()
    assert link.ask("ready()") == 5
    assert device.codes == ["__iot_d__('1 ready()')"]


def test_a_board_that_runs_gets_lines(linked):
    device, link, _ = linked()
    with link.running(listens=True):
        assert link.ask("ready()") == 5
        assert link.ask("go(0)") == 5
    assert device.lines == ["1 ready()", "2 go(0)"]
    assert device.doubts == 0


def test_what_is_not_answered_is_sent_again_with_its_number(linked):
    device, link, _ = linked(unanswered=2)
    with link.running(listens=True):
        assert link.ask("ready()", REPEATS) == 5
    assert device.lines == ["1 ready()"] * 3
    assert device.doubts == 1  # two of them may stand at the prompt


def test_code_that_waits_for_input_gets_no_lines(linked):
    device, link, _ = linked()
    device.is_asking = True
    with link.running(listens=True), pytest.raises(CommandLostError, match="Answer that first"):
        link.ask("ready()")
    assert device.lines == []


def test_a_command_that_asks_the_user_is_waited_for(linked):
    device, link, _ = linked(unanswered=None)
    with link.running(listens=True):
        asked = threading.Timer(REPEATS[0] / 2, lambda: setattr(device, "is_asking", True))
        answered = threading.Timer(4 * REPEATS[0], lambda: link.take(b"a('1',5)"))
        for timer in (asked, answered):
            timer.start()
        assert link.ask("run()", (REPEATS[0],)) == 5
        assert device.lines == ["1 run()"]


def test_without_an_answer_it_is_given_up(linked):
    _, link, _ = linked(unanswered=None)
    with link.running(listens=True), pytest.raises(CommandLostError, match="checkpoint"):
        link.ask("ready()", REPEATS[:2])


def test_the_end_of_the_cell_ends_the_waiting(linked):
    device, link, _ = linked(unanswered=None)
    with link.running(listens=True):
        failed = []

        def ask():
            try:
                link.ask("ready()", (20.0,))
            except NotStoppedError as error:
                failed.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        while not device.lines:
            time.sleep(0.01)
    thread.join()
    assert len(failed) == 1
    assert device.doubts == 1


def test_nothing_is_sent_to_code_that_does_not_look(linked):
    device, link, _ = linked()
    with link.running(listens=False), pytest.raises(CommandLostError, match="no checkpoints"):
        link.ask("ready()")
    assert device.lines == device.codes == []
    assert device.doubts == 0


def test_what_raised_on_the_board_is_raised_here(linked):
    _, link, _ = linked(answer="('error','NameError','x')")
    with pytest.raises(CommandFailedError, match="NameError: x"):
        link.ask("x()")


def test_a_stop_that_is_told_twice_is_one_event(linked):
    device, link, events = linked()
    with link.running(listens=False):
        link.take(STANDS)
        link.take(STANDS)
        assert link.stopped.numbers == (3,)
        link.take(b"g()")
        assert link.stopped is None
        link.take(STANDS)
    assert [type(event) for event in events] == [Stopped, Continued, Stopped, Continued]
    assert device.requests == 3


def test_two_stops_at_one_place_are_two_events_though_the_word_between_them_was_lost(linked):
    _, link, events = linked()
    with link.running(listens=False):
        link.take(STANDS)
        link.take(STANDS.replace(b"7", b"8"))
    assert [type(event) for event in events] == [Stopped, Stopped, Continued]


def test_code_that_others_run_can_stand_too(linked):
    device, link, _ = linked()
    link.take(STANDS)
    assert link.ask("ready()") == 5
    assert device.lines == ["1 ready()"]


def test_a_command_does_not_wait_for_code_that_stands(linked):
    device, link, _ = linked(on_busy=lambda: link.take(STANDS))
    assert link.ask("ready()", (0.05, 20.0)) == 5
    assert device.lines == ["1 ready()"]
    assert device.codes == []


def test_a_thread_that_stands_goes_on_standing_when_the_cell_ends(linked):
    _, link, events = linked()
    with link.running(listens=False):
        link.take(STANDS.replace(b"True", b"False"))
    assert link.stopped is not None
    link.went_on()
    link.went_on()
    assert [type(event) for event in events] == [Stopped, Continued]


def test_log_points_and_nonsense(linked):
    _, link, events = linked()
    for data in (b"l('so',)", b"", b"s(1)", b"a('99',1)"):
        link.take(data)
    assert events == [Logged("so")]
