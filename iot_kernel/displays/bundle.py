"""Makes a MIME bundle of what a board says of a thing, as the messages of Jupyter have it. Pure.

What is no valid content of its type is left out, and a line tells so: a notebook that holds it could not be
opened any more. What a type means is left to the frontend, which trusts it as it trusts any output.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from iot_kernel.displays.message import Form, Representation
from iot_kernel.displays.picture import png, size_of
from iot_kernel.text import printable

PLAIN = "text/plain"

_MIME = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:;[ -~]*)?", re.ASCII)
_JSON = re.compile(r".*(?:/|\+)json(?:;.*)?", re.DOTALL)

#: Types whose content is bytes, which travel as base64; others are text.
_BINARY = re.compile(r"(?:image/(?!svg)|audio/|video/|font/|application/(?:pdf|octet-stream|zip|gzip)).*")

#: How pictures begin.
_SIGNATURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}

_PIXELS = struct.Struct("<HHBB")  # width, height, format, whether the bytes are swapped

SHOWN_NOTE = 200  # characters

_LEVELS_AROUND = 100  # of nested values that a message may put around one, where JSON is written by recursion


@dataclass(slots=True)
class Bundle:
    """What is shown.

    Attributes:
        data: by MIME types.
        metadata: by MIME types, and other keys for the frontend.
        notes: what the user should know, one line each.
    """

    data: dict[str, object] = field(default_factory=dict)
    metadata: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, item: Representation) -> None:
        """Takes a representation; the last one of a type counts.

        Raises:
            ValueError: it is not valid.
        """
        match item.form:
            case Form.ERROR:
                self.notes.append(f"{item.name} failed: {item.content.decode(errors='replace')}")
            case Form.METADATA:
                self._add_metadata(item)
            case _:
                if not _MIME.fullmatch(item.name):
                    raise ValueError("this is no MIME type")
                self.data[item.name] = _content(item)

    def _add_metadata(self, item: Representation) -> None:
        about = _json(item.content)
        if not isinstance(about, dict):
            raise ValueError("it is no dictionary")  # noqa: TRY004  of content, as all others
        self.metadata.update({item.name: about} if item.name else about)


def bundle_of(items: Iterable[Representation]) -> Bundle:
    """Makes a bundle; never raises for what a board has sent.

    Args:
        items: all that it has sent of one thing.

    """
    bundle = Bundle()
    for item in items:
        try:
            bundle.add(item)
        except (ValueError, RecursionError) as error:
            bundle.notes.append(f"the board's {item.name or 'metadata'} is left out: {error}")
    bundle.notes = [printable(note, SHOWN_NOTE) for note in bundle.notes]
    return bundle


def described(data: dict[str, object]) -> dict[str, object]:
    """Adds text for consoles and logs, where there is none."""
    if not data or PLAIN in data:
        return data
    mime, content = next(iter(data.items()))
    size = (
        size_of(base64.b64decode(content[:32])) if mime == "image/png" and isinstance(content, str) else None
    )
    about = f"picture of {size[0]} x {size[1]} pixels" if size else mime
    return {PLAIN: f"<{about}>", **data}


def _content(item: Representation) -> object:
    if item.form is Form.PIXELS:
        return _base64(_picture(item.content))
    if item.form is Form.JSON or _JSON.fullmatch(item.name):
        return _valid(_json(item.content), item.name)
    if not _BINARY.fullmatch(item.name):
        return _text(item.content)
    data = item.content
    if item.form is Form.TEXT:
        data = _from_base64(item.content)
    if not data.startswith(_SIGNATURES.get(item.name, b"")):
        raise ValueError("its bytes are no such picture")
    return _base64(data)


def _valid(content: object, mime: str) -> object:
    """Only JSON types may hold what is no text."""
    if not isinstance(content, str) and not _JSON.fullmatch(mime):
        raise ValueError("it takes text")
    return content


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"its byte {error.start} is not UTF-8") from None


def _from_base64(content: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        raise ValueError("its text is not base64") from None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(content: bytes) -> object:
    """Reads JSON that can be written again, for every frontend."""
    try:
        value: object = json.loads(content)
        nested = value
        for _ in range(_LEVELS_AROUND):
            nested = [nested]
        json.dumps(nested, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        raise ValueError("it is not JSON") from None
    return value


def _picture(content: bytes) -> bytes:
    if len(content) < _PIXELS.size:
        raise ValueError("it has no pixels")
    width, height, layout, swapped = _PIXELS.unpack_from(content)
    return png(width, height, layout, content[_PIXELS.size :], swapped=bool(swapped))
