"""Values between this program and a board: variables, and what expressions and functions give."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from iot_kernel.api.functions import FunctionCode
from iot_kernel.device.board_connection import EVAL_TIMEOUT
from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, IoTKernelError, RemoteProtocolError
from iot_kernel.files.remote_reply import new_mark
from iot_kernel.snippets import OWN
from iot_kernel.text import literal
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.paths import checked_name
from iot_kernel.values.transfer import Values

#: Holds what has been computed until it is here, and arguments until they are used.
VALUE = "__iot_value__"

#: characters of text, or bytes, that are printed rather than moved: moving takes 2 KB of programs
SHORT = 256

#: Prints a value whose repr tells all of it; floats are not among these. In one piece, as threads print, too.
_PRINT_SHORT = f"""import builtins as {OWN}
try:
 if {OWN}.type({VALUE})in({OWN}.int,{OWN}.bool,{OWN}.type(None))or(
  {OWN}.type({VALUE})in({OWN}.str,{OWN}.bytes)and {OWN}.len({VALUE})<={SHORT}):
  {OWN}.print({OWN}.str(MARK)+{OWN}.repr(({VALUE},))+{OWN}.str(MARK))
finally:del {OWN}
"""

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
    execute(f"{VALUE}=(\n{expression}\n)" if expression.strip() else f"{VALUE}=")  # () would be a tuple
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
        found = _printed(device)
        return found[0] if found else _pulled(device, VALUE, called)
    finally:
        _forget(device)


def _printed(device: Device) -> Sequence[object]:
    """The value, if it is short and of a plain type; nothing otherwise."""
    mark = new_mark()
    text = device.exec(_PRINT_SHORT.replace("MARK", str(mark)), timeout=EVAL_TIMEOUT)
    found = re.search(rf"{mark}(\(.*,\)){mark}", text)
    with contextlib.suppress(RemoteProtocolError):  # the board's threads have printed something in its middle
        match literal(found[1]) if found is not None else ():
            case (value,):
                return (value,)
    return ()


def _forget(device: Device) -> None:
    with contextlib.suppress(IoTKernelError):  # it only tidies up; what failed before counts
        device.exec(f"try:del {VALUE}\nexcept NameError:pass\n", timeout=EVAL_TIMEOUT)
