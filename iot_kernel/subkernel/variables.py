"""Answers the kernel's questions about the variables of host cells and what ``%store`` keeps.

Runs in the process of host cells; `iot_kernel.values.host_side` asks.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from iot_kernel.errors import IoTKernelError
from iot_kernel.subkernel.storage import Storage
from iot_kernel.values.arrays import Ulab
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.errors import VariableNotFoundError
from iot_kernel.values.host_side import answer_from

#: names in one answer
MOST_NAMES = 5000

#: What is no value, but is among the variables of most notebooks.
_NO_VALUES = (ModuleType, FunctionType, BuiltinFunctionType, type)

_NO_STORAGE = "IPython keeps no variables here: 'pip install pickleshare', or a newer IPython"


class Variables:
    """Answers questions.

    Args:
        shell: IPython's.
    """

    def __init__(self, shell: Any) -> None:  # noqa: ANN401  IPython has no annotations
        self._shell = shell

    def answer(self, question: Mapping[str, Any], data: bytes) -> tuple[Mapping[str, Any], bytes]:
        """Returns an answer, whatever happens.

        Args:
            question: as `HostVariables` asks it.
            data: that came with it.

        Returns:
            The answer, and what goes with it.
        """
        try:
            return self._answer(question, data)
        except BaseException as error:  # noqa: BLE001  an interrupt is an answer too
            return answer_from(error), b""

    def _answer(self, question: Mapping[str, Any], data: bytes) -> tuple[Mapping[str, Any], bytes]:
        match question:
            case {"question": "get", "name": name, "ulab": ulab}:
                return _encoded(self._variable(name), name, ulab)
            case {"question": "load", "name": name, "ulab": ulab}:
                return _encoded(self._storage.load(name), name, ulab)
            case {"question": "names"}:
                return {"status": "ok", "names": self._names()}, b""
            case {"question": "stored names"}:
                return {"status": "ok", "names": self._storage.names()[:MOST_NAMES]}, b""
            case {"question": "list"}:
                return {"status": "ok", "rows": self._storage.rows()}, b""
        self._change(question, data)
        return {"status": "ok"}, b""

    def _change(self, question: Mapping[str, Any], data: bytes) -> None:
        match question:
            case {"question": "set", "name": name, "source": source}:
                self._shell.push({name: decode(data, source)})
            case {"question": "set item", "name": name, "key": key}:
                self._variable(name)[key] = decode(data, f"{name}[{key!r}]")
            case {"question": "capture", "name": name}:
                text, outputs = json.loads(data)
                self._shell.push({name: _captured(text, outputs)})
            case {"question": "store", "name": name}:
                self._storage.store(name, decode(data, name))
            case {"question": "forget", "names": names}:
                self._storage.forget(names)
            case {"question": "clear"}:
                self._storage.clear()

    def _names(self) -> list[str]:
        """The user's variables, without those of IPython and without what is no value."""
        hidden = self._shell.user_ns_hidden
        found = (
            name
            for name, value in list(self._shell.user_ns.items())
            if isinstance(name, str)
            and not name.startswith("_")
            and not issubclass(type(value), _NO_VALUES)
            and not (name in hidden and hidden[name] is value)
        )
        return sorted(found)[:MOST_NAMES]

    def _variable(self, name: str) -> Any:  # noqa: ANN401  whatever the user has
        try:
            return self._shell.user_ns[name]
        except KeyError:
            raise VariableNotFoundError(name, "on the host") from None

    @property
    def _storage(self) -> Storage:
        root = getattr(self._shell.db, "root", None)
        if root is None:
            raise IoTKernelError(_NO_STORAGE)
        return Storage(Path(root))


def _encoded(value: object, name: str, ulab: Mapping[str, Any] | None) -> tuple[Mapping[str, Any], bytes]:
    encoded = encode(value, name, None if ulab is None else Ulab(**ulab))
    return {"status": "ok", "has_numpy_arrays": encoded.has_numpy_arrays}, encoded.data


def _captured(text: Mapping[str, str], outputs: Sequence[Mapping[str, Any]]) -> object:
    from IPython.utils.capture import CapturedIO

    return CapturedIO(io.StringIO(text["stdout"]), io.StringIO(text["stderr"]), list(outputs))
