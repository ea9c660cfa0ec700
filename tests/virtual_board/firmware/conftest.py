"""A virtual board to talk to."""

from collections.abc import Callable, Iterator

import pytest

from iot_kernel.device.device import Device
from tests.opened import opened
from tests.real_boards.virtual import VirtualBoard
from tests.virtual_board.firmware.dialogue import Dialogue


@pytest.fixture
def dialogue(unix: VirtualBoard) -> Iterator[Dialogue]:
    """With a board that was just switched on and has said nothing yet."""
    dialogue = Dialogue(unix.url)
    yield dialogue
    dialogue.close()


@pytest.fixture
def raw(dialogue: Dialogue) -> Dialogue:
    """With a board at the prompt of its raw REPL."""
    dialogue.enter_raw()
    return dialogue


@pytest.fixture
def switch_on(unix: VirtualBoard) -> Iterator[Callable[[], Dialogue]]:
    """Switches the board on, for tests that put files on it before."""
    opened = []

    def switch_on() -> Dialogue:
        unix.directory.mkdir(exist_ok=True)
        opened.append(Dialogue(unix.url))
        return opened[-1]

    yield switch_on
    for dialogue in opened:
        dialogue.close()


@pytest.fixture
def device(unix: VirtualBoard) -> Iterator[Device]:
    """A device that runs cells on a virtual board."""
    with opened(unix) as device:
        yield device


@pytest.fixture
def cell(device: Device) -> Callable[[str], tuple[str, str | None]]:
    """Runs a cell; gives what it printed and its value's repr."""

    def cell(code: str) -> tuple[str, str | None]:
        output: list[str] = []
        value = device.run_cell(code, output.append)
        return "".join(output), value

    return cell
