"""Displays for the BBC micro:bit, in 1 KB of memory more: objects and short data, no pictures of framebuf.

Imported once, it adds to `ucore_small`, which is called ucore there.
"""

import ucore
from ustruct import pack

_display = ucore.Pipe(None, b"\2\0\0")


def display(thing, mime=None, display_id="", kind=b"d"):
    """Shows an object, with its _repr_html_ where it has one, or data of a type."""
    utf8 = bytes(display_id, "utf-8")
    body = kind + bytes((len(utf8),)) + utf8
    if not mime:
        if hasattr(thing, "_repr_html_"):
            body += _item("text/html", thing._repr_html_())
        mime = "text/plain"
        thing = repr(thing)
    _display.write(body + _item(mime, thing))


def update_display(thing, display_id, mime=None):
    """Shows something in place of what was shown with this id."""
    display(thing, mime, display_id, b"u")


def clear_output(wait=False):
    """Takes away what the cell has shown."""
    _display.write(b"w\0" if wait else b"c\0")


def _item(mime, data):
    kind = b"b"
    if isinstance(data, str):
        kind = b"t"
        data = bytes(data, "utf-8")
    return kind + pack("<BI", len(mime), len(data)) + bytes(mime, "utf-8") + data


ucore.display = display
ucore.update_display = update_display
ucore.clear_output = clear_output
