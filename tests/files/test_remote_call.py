"""Asking again: after damage, not after refusals; and what is said when it does not help."""

import pytest

from iot_kernel.errors import ConnectionLostError, DeviceError, DeviceTimeoutError, RemoteProtocolError
from iot_kernel.files.batch import remove
from iot_kernel.files.remote_call import RemoteCaller
from iot_kernel.snippets import OWN

ESP32 = (True, True, True, True, "sha256", 2000, 160_000)


class Scripted:
    """A board that prints, or raises, one thing after the other."""

    platform = "esp32"
    on_stray = None

    def __init__(self, *sayings):
        self.sayings = list(sayings)
        self.codes = []
        self.interrupts = 0

    def interrupt(self):
        self.interrupts += 1

    def exec(self, code, *, on_output=None, timeout=None):
        self.codes.append(code)
        saying = self.sayings.pop(0)
        if isinstance(saying, Exception):
            raise saying
        if saying == SILENCE:
            return
        mark = code.rpartition("__iot_answer__(")[2].partition(",")[0]
        *answers, failed = saying
        for answer in [*answers, ("end", failed, len(answers))]:
            text = repr(answer)
            on_output(f"\x1e{mark} {len(text)} {text}\x1f\n")


SILENCE = ()
NOTHING = ("", None)
BROKEN = DeviceError("NameError", "name 'x' isn't defined", "Traceback")
NO_MEMORY = DeviceError("MemoryError", "memory allocation failed", "Traceback")
STOPPED = DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt: ")


def damaged(board):
    board.sayings[0] = DeviceError("SyntaxError", "invalid syntax", "")
    return board


def asked(*sayings):
    board = Scripted((ESP32, None), *sayings)
    return board, RemoteCaller(board)


def ask(asker):
    return asker.ask(["space"], "__iot_space__", "/x")[0]


def test_capabilities_are_asked_once():
    board, asker = asked(((1,), None), ((2,), None))
    assert ask(asker) == [(1,)]
    assert ask(asker) == [(2,)]
    assert len(board.codes) == 3
    assert asker.capabilities.algorithm == "sha256"


def test_after_damage_it_asks_again():
    _, asker = asked(BROKEN, BROKEN, ((1,), None))
    assert ask(asker) == [(1,)]


def test_after_code_that_the_board_did_not_begin_to_run_it_asks_again():
    _, asker = asked(DeviceTimeoutError("sending code", 10.0), ((1,), None))
    assert ask(asker) == [(1,)]


def test_three_times_and_then_says_what_the_board_said():
    board, asker = asked(BROKEN, BROKEN, BROKEN, (ESP32, None), ((1,), None))
    with pytest.raises(DeviceError, match="isn't defined"):
        ask(asker)
    assert ask(asker) == [(1,)]  # and asks anew what the firmware has
    assert "__iot_capabilities__" in board.codes[4]


def test_no_memory_says_what_to_do():
    memory = ((*ESP32[:-1], 20_000), None)
    _, asker = asked(NO_MEMORY, NO_MEMORY, NO_MEMORY, memory)
    with pytest.raises(OSError, match=r"not enough memory .* '%softreset'"):
        ask(asker)


@pytest.mark.parametrize("error", [STOPPED, ConnectionLostError("sim://")])
def test_some_things_end_it_at_once(error):
    board, asker = asked(error)
    with pytest.raises(type(error)):
        ask(asker)
    assert len(board.codes) == 2


def test_a_refusal_is_no_damage():
    board, asker = asked((2,))
    with pytest.raises(FileNotFoundError, match=":/x"):
        ask(asker)
    assert len(board.codes) == 2


def test_tidying_up_never_raises():
    _, asker = asked(ConnectionLostError("sim://"))
    asker.capabilities  # noqa: B018
    asker.tidy("pass")


def test_flat_boards_have_no_directories():
    board = Scripted(((False, False, False, False, "adler32", 1970, 6000), None))
    asker = RemoteCaller(board)
    assert asker.named("/a b") == "a b"
    with pytest.raises(NotADirectoryError, match="no directories: ':/a/b'"):
        asker.named("/a/b")
    asker.need_directories("/a", depth=1)
    with pytest.raises(NotADirectoryError):
        asker.need_directories("/a")


def test_a_removal_whose_answer_was_damaged_may_have_been_done():
    board, asker = asked(BROKEN, (None,))
    remove(asker, ["/x"], directories=False)
    assert board.codes[1].endswith(',"remove",("/x",),False)\nfinally:del __iot_answer__,__iot_change__\n')
    assert ',("/x",),True)' in board.codes[2]


def test_what_makes_no_sense():
    _, asker = asked(((1,), None))
    board = Scripted((("odd",), None))
    with pytest.raises(RemoteProtocolError):
        RemoteCaller(board).capabilities  # noqa: B018
    assert ask(asker) == [(1,)]


LITTLE = (*ESP32[:6], 20_000)
SPACE = (["space"], "__iot_space__", "/")


def asked_with_little(*sayings):
    board = Scripted((LITTLE, None), *sayings)
    asker = RemoteCaller(board)
    assert asker.capabilities.free == 20_000
    board.codes.clear()
    return board, asker


def test_functions_go_one_by_one_where_memory_is_little():
    board, asker = asked_with_little(SILENCE, SILENCE, (("yes",), None))
    assert asker.ask(*SPACE)[0] == [("yes",)]
    assert len(board.codes) == 3
    for code, name in zip(board.codes, ("__iot_answer__", "__iot_space__"), strict=False):
        assert code.startswith(f"import gc as {name}\n{name}.collect()\ndef {name}(")
    assert board.codes[2].endswith(f"\n{OWN}.collect()\ndel {OWN}\n")


@pytest.mark.parametrize("sayings", [(STOPPED,), (SILENCE, STOPPED), (SILENCE, SILENCE, STOPPED)])
def test_no_function_stays_there(sayings):
    board, asker = asked_with_little(*sayings, SILENCE)
    with pytest.raises(DeviceError, match="KeyboardInterrupt"):
        asker.ask(*SPACE)
    assert board.codes[-1].startswith("try:del __iot_answer__,__iot_space__\nexcept:pass\n")


def test_it_is_asked_anew_with_care():
    board, asker = asked_with_little(SILENCE, SILENCE, (LITTLE, None))
    asker.forget()
    assert asker.capabilities.free == 20_000
    assert "__iot_capabilities__" not in board.codes[0]
