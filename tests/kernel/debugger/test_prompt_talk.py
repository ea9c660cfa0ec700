"""Commands that the user is asked for, until code goes on or ends."""

import threading

from iot_kernel.debugging.commands import Step
from iot_kernel.debugging.messages import Continued, Stopped
from iot_kernel.debugging.prompt.prompts import PostMortemPrompt, SteppingPrompt
from iot_kernel.kernel.debugger.prompt_talk import PromptTalk
from tests.debugging.prompt.prompted_board import Standing

STOPPED = Stopped(1, True, 1, "breakpoint", "", (1,))
PATIENCE = 20.0  # s


class User:
    """Answers from a list; a function in it is called instead of an answer."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.seen = []
        self.pending = []
        self.talk = PromptTalk(self.ask, self.seen.append)
        standing = Standing()
        self.prompt = SteppingPrompt(standing.board, standing.breakpoints)
        self.greeting = self.prompt.stand(standing.stack)

    def ask(self, prompt, on_answer):
        self.pending.append(on_answer)
        answer = self.answers.pop(0)
        self.seen.append(f"{prompt}{answer if isinstance(answer, str) else ''}")
        if isinstance(answer, str):
            on_answer(answer)
        else:
            answer()

    def converse(self):
        return self.talk.converse(self.prompt, self.greeting)


def test_commands_until_one_goes_on():
    user = User("total", "u", "n", "never asked")
    assert user.converse().step is Step.NEXT
    assert user.seen[0] == user.greeting
    assert [text for text in user.seen if text.startswith("(board)")] == [
        "(board) total",
        "(board) u",
        "(board) n",
    ]


def test_code_that_goes_on_ends_the_question():
    user = User("total", lambda: user.talk.take(Continued()))
    assert user.converse() is None


def test_so_does_the_end():
    user = User("total", lambda: user.talk.end())
    assert user.converse() is None


def test_nothing_is_asked_or_shown_behind_the_end():
    user = User("u")
    user.prompt.obey = lambda line: (user.talk.end(), SteppingPrompt.obey(user.prompt, line))[1]
    assert user.converse() is None
    assert user.seen == [user.greeting, "(board) u"]
    assert user.talk.next_stop() is None


def test_a_late_answer_is_no_answer_to_the_next_question():
    user = User(lambda: user.talk.take(Continued()), lambda: (user.pending[0]("q"), user.pending[1]("s")))
    assert user.converse() is None
    assert user.converse().step is Step.IN


def test_an_interrupted_command_ends_it():
    user = User("p forever", "never asked")
    user.prompt._board.error = "KeyboardInterrupt", ""
    assert user.converse().was_interrupted


def test_stops_are_waited_for():
    user = User()
    found = []

    def wait():
        while (stopped := user.talk.next_stop()) is not None:
            found.append(stopped)

    thread = threading.Thread(target=wait)
    thread.start()
    for said in (Continued(), STOPPED, Continued(), STOPPED):
        user.talk.take(said)
    while len(found) < 2:
        assert thread.is_alive()
    user.talk.end()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert found == [STOPPED, STOPPED]


def test_busy_is_set_while_a_command_is_obeyed():
    busy = threading.Event()
    seen = []
    user = User("total", "q")
    user.prompt = PostMortemPrompt(user.prompt._board)
    user.prompt.stand(Standing().stack)
    user.prompt._board.execute = lambda frame, code: seen.append(busy.is_set()) or ()
    assert user.talk.converse(user.prompt, "", busy).leaves
    assert seen == [True]
    assert not busy.is_set()


def test_without_anybody_nothing_is_asked():
    talk = PromptTalk(None, lambda text: None)
    assert not talk.is_possible
    assert talk.converse(User().prompt, "") is None
