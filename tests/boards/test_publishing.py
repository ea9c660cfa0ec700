"""Publishing pipes of several boards no more: all at the same time."""

import threading
from types import SimpleNamespace

from iot_kernel.boards.publishing import withdraw_at_once

DEADLINE = 20.0


class Publications:
    """Those of one board; they end only together with the others."""

    def __init__(self, *listed, together=None):
        self._listed = list(listed)
        self._together = together

    def listed(self):
        return self._listed

    def withdraw(self, names, broker):
        self._together.wait(DEADLINE)
        return [(each, names, broker) for each in self._listed]


def sessions(*publications):
    return [SimpleNamespace(publications=each) for each in publications]


def test_a_broker_that_does_not_answer_is_waited_for_once():
    together = threading.Barrier(3)
    boards = sessions(*(Publications(name, together=together) for name in "abc"))
    assert withdraw_at_once(boards, ["adc"], "mqtt://b") == [(name, ["adc"], "mqtt://b") for name in "abc"]


def test_boards_that_publish_nothing():
    assert withdraw_at_once(sessions(Publications(), Publications())) == []
