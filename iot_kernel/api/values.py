"""Values between this program and a board: variables, and what expressions and functions give."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from iot_kernel.api.functions import FunctionCode
from iot_kernel.device.board_connection import EVAL_TIMEOUT
from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.paths import checked_name
from iot_kernel.values.transfer import Values

#: Holds what has been computed until it is here, and arguments until they are used.
VALUE = "__iot_value__"

#: Runs a program on the board.
Execute = Callable[[str], object]


def get_value(device: Device, name: str) -> Any:  # noqa: ANN401  that is the point
    """Returns a variable's value; raises what `Values.pull` does, and `decode`."""
    return _pulled(device, checked_name(name), name)


def set_value(device: Device, name: str, value: object) -> None:
    """Sets a variable; raises what `encode` does, and `Values.push`."""
    _push(device, checked_name(name), value, name)


def evaluate(device: Device, expression: str, execute: Execute) -> Any:  # noqa: ANN401
    """Returns the value of an expression.

    Args:
        device: the board.
        expression: of Python.
        execute: runs the program that computes it.
    """
    execute(f"{VALUE}=(\n{expression}\n)")
    return _taken(device, "the value")


def call_function(device: Device, function: FunctionCode, args: tuple[object, ...], execute: Execute) -> Any:  # noqa: ANN401
    """Returns what a function returns that is sent to the board.

    Args:
        device: the board.
        function: the function.
        args: its arguments, which go as values.
        execute: runs the program that calls it.

    Raises:
        UnmovableValueError: an argument or the result cannot be moved.
        DeviceError: the function raised; its lines are those of the file it stands in.
    """
    if args:
        _push(device, VALUE, args, "args")
    try:
        execute(function.program(VALUE, has_args=bool(args)))
    except DeviceError as error:
        _forget(device)
        raise function.readable(error) from None
    return _taken(device, f"the result of {function.name}")


def _push(device: Device, name: str, value: object, called: str) -> None:
    values = Values(device)
    values.push(name, values.fitting(partial(encode, value, called)).data)


def _pulled(device: Device, name: str, called: str) -> Any:  # noqa: ANN401
    try:
        return decode(Values(device).pull(name), called)
    except UnmovableValueError as error:
        raise UnmovableValueError(error.place.replace(VALUE, called), error.problem) from None


def _taken(device: Device, called: str) -> Any:  # noqa: ANN401
    try:
        return _pulled(device, VALUE, called)
    finally:
        _forget(device)


def _forget(device: Device) -> None:
    with contextlib.suppress(IoTKernelError):  # it only tidies up; what failed before counts
        device.exec(f"try:del {VALUE}\nexcept NameError:pass\n", timeout=EVAL_TIMEOUT)
