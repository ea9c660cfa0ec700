"""What boards of one cell ask of the notebook: one question at a time, and no host code."""

import threading

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.kernel.shared_calls import CallsOfBoard, SharedCalls, SharedHost


class Calls:
    """Keeps what is asked."""

    def __init__(self):
        self.noted = []
        self.asked = []

    def note_code(self, code):
        self.noted.append(code)

    def ask_user(self, prompt, on_answer):
        self.asked.append((prompt, on_answer))

    def explain(self, name, *, source):
        return f"{name} {source}"

    @property
    def prompts(self):
        return [prompt for prompt, _ in self.asked]


@pytest.fixture
def calls():
    return Calls()


@pytest.fixture
def shared(calls):
    return SharedCalls(calls)


@pytest.fixture
def boards(shared):
    return [CallsOfBoard(shared, name) for name in "ab"]


def test_questions_come_one_after_the_other_and_name_their_board(calls, boards):
    answers = []
    for board, name in zip(boards, "ab", strict=True):
        board.ask_user("age? ", lambda text, name=name: answers.append((name, text)))
    assert calls.prompts == ["a: age? "]
    calls.asked[0][1]("1")
    assert calls.prompts == ["a: age? ", "b: age? "]
    calls.asked[1][1]("2")
    assert answers == [("a", "1"), ("b", "2")]


def test_a_board_that_ends_asks_no_more(calls, shared, boards):
    for board in boards:
        board.ask_user("", lambda _: None)
    shared.leave("b", interrupted=False)
    calls.asked[0][1]("")
    assert calls.prompts == ["a: "]


def test_a_question_that_is_seen_stays_when_its_board_is_lost(calls, shared, boards):
    for board in boards:
        board.ask_user("", lambda _: None)
    shared.leave("a", interrupted=False)
    assert calls.prompts == ["a: "]
    calls.asked[0][1]("for nobody")
    assert calls.prompts == ["a: ", "b: "]


def test_no_answer_is_waited_for_after_an_interrupt(calls, shared, boards):
    for board in (*boards, boards[0]):
        board.ask_user("", lambda _: None)
    assert calls.prompts == ["a: ", "b: "]  # a asks again: it has been interrupted, and went on
    shared.leave("b", interrupted=True)
    assert calls.prompts == ["a: ", "b: ", "a: "]


def test_a_stop_ends_the_questions_of_all_boards(calls, shared, boards):
    for board in boards:
        board.ask_user("", lambda _: None)
    shared.interrupt()
    shared.leave("a", interrupted=True)
    assert calls.prompts == ["a: "]
    boards[1].ask_user("sure? ", lambda _: None)  # it goes on
    assert calls.prompts == ["a: ", "b: sure? "]


def test_code_that_runs_everywhere_is_noted_once(calls, boards):
    for board in boards:
        board.note_code("x = 1")
    boards[0].note_code("y = 1")
    assert calls.noted == ["x = 1", "y = 1"]
    assert boards[0].explain("x", source=True) == "x True"


class Host:
    started = True

    def __init__(self):
        self.inside = threading.Semaphore(1)

    def execute(self, source, piece):
        raise AssertionError(source)

    def ask(self, question, data):
        assert self.inside.acquire(blocking=False), "two at a time"
        threading.Event().wait(0.01)
        self.inside.release()
        return question, data

    def interrupt(self):
        self.interrupted = True


def test_host_code_is_refused_and_variables_are_asked_for_one_by_one():
    host = SharedHost(Host(), ["%rsync", "%%bash"])
    assert host.started
    with pytest.raises(UsageError, match="'%matplotlib inline' runs on the host"):
        host.execute("%matplotlib inline\n", 0)
    with pytest.raises(UsageError, match=r"^did you mean %rsync\? '%rsnc :' runs on the host"):
        host.execute("%rsnc :\n", 0)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(host.ask({}, b""))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [({}, b"")] * 3
    host.interrupt()
