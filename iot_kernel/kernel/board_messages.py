"""Makes Jupyter's messages of what a board shows. Slow for large pictures: not for the reader thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iot_kernel.displays.bundle import PLAIN, Bundle, bundle_of, described
from iot_kernel.displays.message import BoardDisplay, DisplayKind


def messages_of(display: BoardDisplay) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields type and content of each message; never raises for what a board has sent."""
    if display.kind in (DisplayKind.CLEAR, DisplayKind.CLEAR_LATER):
        yield "clear_output", {"wait": display.kind is DisplayKind.CLEAR_LATER}
        return
    bundle = bundle_of(display.items)
    if bundle.data:
        kind = "update_display_data" if display.kind is DisplayKind.UPDATE else "display_data"
        transient = {"display_id": display.display_id} if display.display_id else {}
        yield kind, {"data": described(bundle.data), "metadata": bundle.metadata, "transient": transient}
    if bundle.notes:
        yield "stream", {"name": "stderr", "text": "".join(f"{note}\n" for note in bundle.notes)}


def value_bundle(text: str, display: BoardDisplay | None) -> Bundle:
    """Makes a bundle of the value of a cell's last expression.

    Args:
        text: its repr, which stays unless the object has a better text.
        display: what the board has shown of it beside that.
    """
    bundle = bundle_of(display.items) if display is not None else Bundle()
    bundle.data = {PLAIN: text, **bundle.data}
    return bundle
