"""The variables of host cells and what ``%store`` keeps, as the kernel's process asks for them.

They are in the sub-kernel, where `iot_kernel.subkernel.variables` answers. What goes there and comes back are
bytes in the form of `wire_format`: this process never holds a value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from iot_kernel.errors import IoTKernelError, RemoteProtocolError
from iot_kernel.values.arrays import Ulab
from iot_kernel.values.encoding import Encoded
from iot_kernel.values.errors import UnmovableValueError, VariableNotFoundError

#: Sends a question with bytes to the process of host cells, and returns the answer with bytes.
Ask = Callable[[Mapping[str, Any], bytes], tuple[Mapping[str, Any], bytes]]


class HostVariables:
    """The variables of host cells, and what ``%store`` keeps.

    Args:
        ask: see `Ask`.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def get(self, name: str, ulab: Ulab | None = None) -> Encoded:
        """Returns a variable's value.

        Args:
            name: of the variable.
            ulab: of the board it is for.

        Raises:
            VariableNotFoundError: there is no such variable.
            UnmovableValueError: something in it has no like on boards.
        """
        return self._value("get", name, ulab)

    def set(self, name: str, data: bytes, source: str) -> None:
        """Sets a variable.

        Args:
            name: of the variable.
            data: from a board.
            source: what it is called there.

        Raises:
            UnmovableValueError: something in it has no like on this computer.
            RemoteProtocolError: it is no value.
        """
        self._question("set", data, name=name, source=source)

    def begin_dict(self, name: str) -> None:
        """Sets a variable to an empty dict."""
        self._question("set", b"d0;", name=name, source=name)

    def set_item(self, name: str, key: str, data: bytes) -> None:
        """Sets an item of a variable that is a dict; as `set`."""
        self._question("set item", data, name=name, key=key)

    def set_captured(self, name: str, text: Mapping[str, str], outputs: Sequence[Mapping[str, Any]]) -> None:
        """Sets a variable to what IPython's ``%%capture`` makes.

        Args:
            name: of the variable.
            text: ``stdout`` and ``stderr``.
            outputs: what was displayed, as IPython's ``RichOutput`` takes it.
        """
        self._question("capture", json.dumps([dict(text), list(outputs)]).encode(), name=name)

    def load(self, name: str, ulab: Ulab | None = None) -> Encoded:
        """Returns a stored value; as `get`."""
        return self._value("load", name, ulab)

    def store(self, name: str, data: bytes) -> None:
        """Stores a value; as `set`."""
        self._question("store", data, name=name)

    def names(self) -> Sequence[str]:
        """Returns the names of variables whose values may be copied, sorted."""
        return _names(self._question("names")[0])

    def stored_names(self) -> Sequence[str]:
        """Returns the names of what is stored, sorted."""
        return _names(self._question("stored names")[0])

    def stored(self) -> Sequence[tuple[str, str]]:
        """Returns the names of what is stored, sorted, and the beginning of each repr."""
        answer, _ = self._question("list")
        return [(name, text) for name, text in answer["rows"]]

    def forget(self, names: Sequence[str]) -> None:
        """Forgets stored values.

        Raises:
            VariableNotFoundError: one is not there; none was forgotten.
        """
        self._question("forget", names=list(names))

    def clear(self) -> None:
        """Forgets all stored values."""
        self._question("clear")

    def _value(self, question: str, name: str, ulab: Ulab | None) -> Encoded:
        about = None if ulab is None else asdict(ulab)
        answer, data = self._question(question, name=name, ulab=about)
        return Encoded(data, bool(answer["has_numpy_arrays"]))

    def _question(self, question: str, data: bytes = b"", **more: object) -> tuple[Mapping[str, Any], bytes]:
        answer, received = self._ask({"question": question, **more}, data)
        if answer["status"] != "ok":
            raise error_from(answer)
        return answer, received


def _names(answer: Mapping[str, Any]) -> Sequence[str]:
    return [str(name) for name in answer["names"]]


def error_from(answer: Mapping[str, Any]) -> BaseException:
    """Makes an error of an answer that tells of one."""
    make = _ERRORS.get(answer["error"], IoTKernelError)
    return make(*answer["arguments"])


def answer_from(error: BaseException) -> Mapping[str, Any]:
    """Makes an answer that tells of an error; of an unexpected one it keeps the words."""
    match error:
        case UnmovableValueError():
            arguments: list[object] = [error.place, error.problem]
        case VariableNotFoundError():
            arguments = [error.name, error.place]
        case RemoteProtocolError():
            arguments = [error.state, error.received.decode("latin-1")]
        case OSError():
            arguments = [error.errno, error.strerror, error.filename and str(error.filename)]
        case KeyboardInterrupt():
            arguments = []
        case _:
            arguments = [f"{type(error).__name__}: {error}"]
    kinds = (name for name in _ERRORS if name in {type_.__name__ for type_ in type(error).__mro__})
    return {"status": "error", "error": next(kinds, ""), "arguments": arguments}


_ERRORS: Mapping[str, Callable[..., BaseException]] = {
    "UnmovableValueError": UnmovableValueError,
    "VariableNotFoundError": VariableNotFoundError,
    "RemoteProtocolError": lambda state, near: RemoteProtocolError(state, near.encode("latin-1")),
    "OSError": OSError,
    "KeyboardInterrupt": KeyboardInterrupt,
}
