"""The error that a notebook showed last, for `%explain`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iot_kernel.magics.troubleshooting import shown_text


@dataclass(slots=True)
class LastError:
    """What the reply of a cell tells of its error.

    Attributes:
        text: the error as the cell shows it; empty where no cell has failed.
    """

    text: str = ""

    def note(self, reply: Mapping[str, object]) -> None:
        """Takes the content of an execute_reply; one of a cell that has not failed changes nothing."""
        if reply.get("status") == "error":
            self.text = shown_text(str(reply.get("ename", "")), str(reply.get("evalue", "")))
