"""Runs the code of a script on its board, as a cell is run."""

from __future__ import annotations

from iot_kernel.api.calls import DeviceCalls
from iot_kernel.api.errors import InputNotPossibleError
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.device import Device
from iot_kernel.device.output_text import LONGEST_OUTPUT, Collected
from iot_kernel.errors import DeviceError, DeviceTimeoutError, RemoteProtocolError
from iot_kernel.syntax.cell import normal


def run_code(
    calls: DeviceCalls, device: Device, code: str, on_output: TextSink | None, timeout: float | None
) -> str:
    """Runs code, and returns what it printed; raises what `ApiDevice.exec` does.

    Args:
        calls: to the board, of which this is one.
        device: the board.
        code: the source text.
        on_output: takes what it prints; None returns it.
        timeout: seconds; None for as long as it takes.
    """
    printed = Collected(LONGEST_OUTPUT, device.interrupt)
    prompts: list[str] = []

    def refuse(prompt: str) -> None:
        prompts.append(prompt)
        device.interrupt()

    begin = calls.interrupt_if_asked
    try:
        with calls.taking_output(on_output or printed.take) as take:
            device.run_cell(normal(code), take, on_begin=begin, on_input=refuse, timeout=timeout)
    except DeviceTimeoutError as error:
        if timeout is None or type(error) is not DeviceTimeoutError:
            raise
        hint = "the next call interrupts it"
        raise DeviceTimeoutError("running code on the board", timeout, hint) from None
    except DeviceError as error:
        if prompts and error.ename == "KeyboardInterrupt":
            raise InputNotPossibleError from None
        if not printed.is_full:
            raise told(DeviceError(error.ename, error.evalue, error.traceback, printed.text)) from None
    if printed.is_full:
        text = printed.text.encode(errors="replace")
        raise RemoteProtocolError("waiting for the end of its output", text)
    return printed.text


def check_text(what: str, text: object) -> None:
    """Makes sure that it is text, before anything is sent.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(text, str):
        raise TypeError(f"{what} must be a str, not {type(text).__name__}")


def told(error: DeviceError) -> DeviceError:
    """Has Python show the board's traceback below its own, where nobody catches the error."""
    error.add_note(f"on the board:\n{error.traceback}")
    return error
