"""Asking a board which pipes it has open: never by the thread that reads it, and never twice at a time."""

import threading

from iot_kernel.errors import DeviceError
from iot_kernel.pipes.discover_open import Inquiry


def joined():
    for thread in threading.enumerate():
        if thread.name == "IoT pipes question":
            thread.join()


def test_asked_once_while_the_board_is_busy():
    idle, ran = threading.Event(), []

    def run(code):
        idle.wait()
        ran.append((code, threading.current_thread()))

    inquiry = Inquiry(run)
    for _ in range(100):
        inquiry.ask()
    assert ran == []
    idle.set()
    joined()
    ((code, thread),) = ran
    assert "announce" in code
    assert thread is not threading.current_thread()
    inquiry.ask()
    joined()
    assert len(ran) == 2


def test_a_board_that_knows_nothing_of_pipes():
    def run(code):
        ran.append(code)
        raise DeviceError("AttributeError", "announce", "")

    ran = []
    inquiry = Inquiry(run)
    for _ in range(2):
        inquiry.ask()
        joined()
    assert len(ran) == 2
