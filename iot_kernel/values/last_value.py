"""The value of the last expression of code, copied from the board as a variable is. Blocking."""

from __future__ import annotations

from contextlib import suppress

from iot_kernel.device.device import Device
from iot_kernel.device.last_expression import call_at_end
from iot_kernel.errors import IoTKernelError
from iot_kernel.snippets import snippet
from iot_kernel.values.errors import UnmovableValueError
from iot_kernel.values.transfer import Values

#: The board's function, which keeps what it gets, and where.
_KEEP, _KEPT = "__iot_keep__", "__iot_kept__"

#: The value None, in the form of `wire_format`.
NONE = b"n;"


class LastValue:
    """The value of one piece of code. Use it as a context manager, which leaves nothing of ours on the board.

    Methods raise what `Device.exec` does.

    Args:
        board: the board.
    """

    def __init__(self, board: Device) -> None:
        self._board = board

    def __enter__(self) -> LastValue:
        self._board.exec(snippet("keep_value"))
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(IoTKernelError):  # what went wrong before is what the user should hear of
            for name in (_KEEP, _KEPT):
                self._board.exec(f"try:del {name}\nexcept NameError:pass\n")

    @staticmethod
    def kept(code: str) -> str:
        """Makes code keep the value of its last expression, line for line; it has that value still."""
        return call_at_end(code, _KEEP)

    def pull(self, place: str) -> bytes:
        """Returns the value, in the form of `wire_format`, once the code has run well.

        Args:
            place: what it is called in errors.

        Raises:
            UnmovableValueError: it does not fit into the board's memory together with our programs.
        """
        try:
            return Values(self._board).pull(_KEPT)
        except UnmovableValueError as error:
            raise UnmovableValueError(f"{place}{error.place.removeprefix(_KEPT)}", error.problem) from None
