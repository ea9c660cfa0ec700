"""What goes to a board around each cell; what that brings is shown in tests/device/test_board_debugger.py."""

import pytest

from iot_kernel.debugging import commands
from iot_kernel.debugging.errors import CommandLostError
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.device.debugged_runs import DebuggedRuns


class Asked:
    """A link that notes commands; it is lost when it says so."""

    def __init__(self):
        self.commands = []
        self.is_lost = False

    def ask(self, command):
        if self.is_lost:
            raise CommandLostError("lost")
        self.commands.append(command)
        return True

    def take(self):
        taken, self.commands = self.commands, []
        return taken


@pytest.fixture
def table():
    table = CheckpointTable()
    table.traced.is_possible = False
    table.add("a", "def f(): pass\nfor i in q:\n  f()\n")
    return table


def test_what_is_kept_is_told_when_it_has_changed(table):
    link = Asked()
    runs = DebuggedRuns(link)
    runs.attached(watches=True)
    runs.begin(table, listens=True, follows=False)
    assert link.take() == [*commands.keep([3]), commands.begin(follows=False, watches=True, highest=3)]
    runs.begin(table, listens=False, follows=True)
    assert link.take() == [commands.begin(follows=True, watches=False, highest=3)]
    runs.attached(watches=False)
    runs.begin(table, listens=True, follows=False)
    assert link.take() == [*commands.keep([3]), commands.begin(follows=False, watches=False, highest=3)]


def test_the_end_is_told_also_where_the_cell_fails_or_the_board_is_gone(table):
    link = Asked()
    runs = DebuggedRuns(link)
    with pytest.raises(ZeroDivisionError), runs.running(table, None):
        raise ZeroDivisionError
    assert link.take() == [commands.END]
    with runs.running(table, None):
        link.is_lost = True


def test_where_lines_are_traced_everything_is_followed(table):
    link = Asked()
    runs = DebuggedRuns(link)
    table.traced.is_possible = True
    runs.begin(table, listens=True, follows=False)
    assert link.take()[-1] == commands.begin(follows=True, watches=False, highest=3)
    with runs.running(table, None):
        assert link.take() == commands.trace([], [])
    assert link.take() == [commands.END, commands.UNTRACE]
