"""Asking a board who it is, with answers as boards give them."""

import pytest

from iot_kernel.device.identify import TRIES, identify
from iot_kernel.errors import DeviceError, RemoteProtocolError

WHO = "('aa:bb', 'micropython', '1.25.0', 'esp32', 'module', 1000)\n"


class Board:
    """Answers the questions from lists; an exception among the answers is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.platform = None
        self.asked = []

    def __call__(self, code):
        self.asked.append(code)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def identify(self):
        return identify(self, lambda platform: setattr(self, "platform", platform))


def test_a_board_met_for_the_first_time():
    board = Board("esp32\n", "", WHO)
    found = board.identify()
    assert found.info.uid == "aa:bb"
    assert board.platform == "esp32"
    assert found.mark in board.asked[1]
    assert Board("esp32\n", "", WHO).identify().mark != found.mark


@pytest.mark.parametrize("ename", ["NameError", "TypeError"])
def test_a_board_without_a_mark_says_so_by_an_exception(ename):
    unmarked = DeviceError(ename, "", f"{ename}: ", "esp32\n")
    assert Board(unmarked, "", WHO).identify().info.uid == "aa:bb"


def test_a_board_that_has_our_mark_keeps_it():
    assert Board("esp32\n\x1f0123abcd\x1e0", WHO).identify().mark == "0123abcd"


@pytest.mark.parametrize("platform", ["MicroChip SAMD51", "nRF52840", "webassembly"])
def test_platforms(platform):
    board = Board(f"{platform}\n", "", WHO)
    board.identify()
    assert board.platform == platform


def test_a_question_that_got_lost_is_asked_again():
    lost = DeviceError("SyntaxError", "", "SyntaxError: invalid syntax")
    assert Board("esp32\n", lost, "", lost, WHO).identify().info.uid == "aa:bb"


def test_not_for_ever():
    lost = DeviceError("SyntaxError", "", "SyntaxError: invalid syntax")
    board = Board(*[lost] * 10)
    with pytest.raises(DeviceError):
        board.identify()
    assert len(board.asked) == TRIES


def test_an_interrupt_is_no_lost_question():
    board = Board(DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt: "), WHO)
    with pytest.raises(DeviceError):
        board.identify()
    assert len(board.asked) == 1


@pytest.mark.parametrize("answer", ["", "\n", "()\n"])
def test_nonsense(answer):
    with pytest.raises(RemoteProtocolError):
        Board(*[answer] * TRIES).identify()
