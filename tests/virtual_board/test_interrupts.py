"""When a typed character is a signal, and how long what is typed after it waits."""

import signal
import threading

import pytest

from iot_kernel.virtual_board import interrupts as module
from iot_kernel.virtual_board.interrupts import NUDGE, NUDGES, InterruptSignals
from iot_kernel.virtual_board.registers import Register, Registers

CTRL_C = 3


class Interpreter:
    """Keeps what signals come; handles an interrupt after so many nudges, None for never."""

    def __init__(self, registers, nudges=None):
        self.registers = registers
        self.nudges = nudges
        self.signals = []

    def send_signal(self, number):
        self.signals.append(number)
        if self.signals.count(NUDGE) == self.nudges:
            self.registers[Register.INTERRUPT_CHAR] = 0


@pytest.fixture
def registers():
    registers = Registers()
    registers.open()
    registers[Register.INTERRUPT_SIGNAL] = signal.SIGUSR2
    registers[Register.INTERRUPT_CHAR] = CTRL_C
    yield registers
    registers.close()


def interrupts(registers, interpreter):
    return InterruptSignals(registers, threading.RLock(), lambda: interpreter)


def test_a_program_that_handles_it_at_once(registers):
    interpreter = Interpreter(registers, nudges=0)
    it = interrupts(registers, interpreter)
    assert not it.await_handled()
    assert it.send(CTRL_C)
    assert interpreter.signals == [signal.SIGUSR2]
    assert registers[Register.SIGNALLING] == 0
    assert not it.await_handled()


def test_a_program_that_blocks_is_nudged(registers):
    interpreter = Interpreter(registers, nudges=2)
    assert interrupts(registers, interpreter).send(CTRL_C)
    assert interpreter.signals == [signal.SIGUSR2, NUDGE, NUDGE]


def test_a_program_that_blocks_is_nudged_where_this_computer_stood_still(registers, monkeypatch):
    monkeypatch.setattr(module, "INTERRUPT_TIMEOUT", 0.0)
    interpreter = Interpreter(registers, nudges=2)
    assert interrupts(registers, interpreter).send(CTRL_C)
    assert interpreter.signals == [signal.SIGUSR2, NUDGE, NUDGE]


def test_a_program_that_never_handles_it_is_not_waited_for_long(registers, monkeypatch):
    monkeypatch.setattr(module, "INTERRUPT_TIMEOUT", 1.0)
    interpreter = Interpreter(registers)
    it = interrupts(registers, interpreter)
    assert it.send(CTRL_C)
    assert interpreter.signals == [signal.SIGUSR2, *[NUDGE] * len(NUDGES)]
    assert it.await_handled()
    assert not it.await_handled()


def test_a_program_that_has_ended_just_now(registers):
    interpreter = Interpreter(registers)
    registers[Register.INTERRUPT_CHAR] = 0
    it = interrupts(registers, interpreter)
    assert not it.send(CTRL_C)
    assert interpreter.signals == []
    assert not it.await_handled()


def test_a_board_that_is_off(registers):
    it = interrupts(registers, None)
    assert it.send(CTRL_C)
    assert not it.await_handled()


def test_a_new_start_has_nothing_to_handle(registers):
    it = interrupts(registers, Interpreter(registers))
    it.send(CTRL_C)
    it.forget()
    assert not it.await_handled()
