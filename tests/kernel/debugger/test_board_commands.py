"""What frontends ask reaches the board that runs cells; how they ask is shown in test_debug_session."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from iot_kernel.debugging.commands import Step
from iot_kernel.debugging.errors import NotStoppedError
from iot_kernel.kernel.debugger.board_commands import BoardCommands
from iot_kernel.kernel.debugger.copied_modules import CopiedModules


def commands(board):
    return BoardCommands(lambda: board, CopiedModules(SimpleNamespace(current=None)))


def test_commands_without_a_board_are_refused():
    for command in (commands(None).go(Step.CONTINUE), commands(None).pause(), commands(None).set_pauses({})):
        with pytest.raises(NotStoppedError):
            asyncio.run(command)


def test_without_a_board_nothing_is_imported():
    assert asyncio.run(commands(None).imported(["a module"])) == [None]


def test_a_cell_that_has_failed_is_let_go_without_its_board():
    held = threading.Event()
    asyncio.run(commands(SimpleNamespace(held=held)).go(Step.CONTINUE))
    assert held.is_set()
