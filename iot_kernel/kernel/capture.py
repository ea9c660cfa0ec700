"""Keeps what a part of a cell shows, instead of showing it: text, displays and values.

What is kept are the messages of a `CellOutput`, so it makes no difference which way something is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from iot_kernel.kernel.output import CellOutput

#: characters of text, and outputs, that are kept: a board may print for ever. More is left out and counted.
MOST_TEXT = 32_000_000
MOST_OUTPUTS = 1000

_OUTPUTS = ("display_data", "update_display_data", "execute_result")


class Capture:
    """What was shown while it was kept.

    Args:
        outer: the output of the cell.
        kinds: what is kept: some of ``stdout``, ``stderr`` and ``display``. Anything else is shown.

    Attributes:
        output: takes what would be shown.
        text: what came, by stream.
        outputs: what was displayed, values among it, as IPython's `RichOutput` takes it.
    """

    def __init__(self, outer: CellOutput, kinds: Collection[str]) -> None:
        self.output = outer.redirected(self._take)
        self.text = {"stdout": "", "stderr": ""}
        self.outputs: list[dict[str, Any]] = []
        self._outer = outer
        self._kinds = frozenset(kinds)
        self._parts: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._size = 0
        self._left_out = 0

    def finish(self) -> None:
        """Ends keeping: all that was shown so far is there now."""
        self.output.flush()
        self.text = {name: "".join(parts) for name, parts in self._parts.items()}
        if self._left_out:
            self._outer.stderr(f"[{self._left_out:,} characters or outputs too many were not captured]\n")

    def _take(
        self,
        kind: str,
        content: Mapping[str, Any],
        parent: Mapping[str, Any],
        metadata: Mapping[str, Any] | None,
    ) -> None:
        if kind == "stream":
            self._take_text(content["name"], content["text"])
        elif kind in _OUTPUTS and "display" in self._kinds:
            self._take_output(kind, content)
        else:
            self._outer.send(kind, content)

    def _take_text(self, name: str, text: str) -> None:
        if name not in self._kinds:
            show = self._outer.stdout if name == "stdout" else self._outer.stderr
            show(text)
            return
        kept = text[: MOST_TEXT - self._size]
        self._parts[name].append(kept)
        self._size += len(kept)
        self._left_out += len(text) - len(kept)

    def _take_output(self, kind: str, content: Mapping[str, Any]) -> None:
        if len(self.outputs) >= MOST_OUTPUTS:
            self._left_out += 1
            return
        output = {key: dict(content[key]) for key in ("data", "metadata", "transient") if key in content}
        self.outputs.append(output | {"update": kind == "update_display_data"})
