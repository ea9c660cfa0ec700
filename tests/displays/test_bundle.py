"""MIME bundles: what a frontend gets of what a board says, and what is left out with one line."""

import base64
import json
import struct

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.displays.bundle import SHOWN_NOTE, bundle_of, described
from iot_kernel.displays.message import Form, Representation
from iot_kernel.displays.picture import png
from tests.each import each

PNG = png(2, 2, 6, bytes(4))
DEEP = b"[" * 200_000


def made(form, name, content):
    return bundle_of([Representation(Form(form), name, content)])


@each(
    ("form", "name", "content", "shown"),
    [
        (b"t", "text/html", b"<script>alert('x')</script>", "<script>alert('x')</script>"),
        (b"b", "text/html", "é".encode(), "é"),
        (b"t", "image/svg+xml", b"<svg/>", "<svg/>"),
        (b"t", "text/latex", b"$x$", "$x$"),
        (b"t", "what/ever", b"x", "x"),
        (b"b", "image/png", PNG, base64.b64encode(PNG).decode()),
        (b"t", "image/png", base64.encodebytes(PNG), base64.b64encode(PNG).decode()),
        (b"b", "image/jpeg", b"\xff\xd8\xff\xe0", "/9j/4A=="),
        (b"b", "image/webp", b"RIFF", "UklGRg=="),
        (b"b", "application/pdf", b"%PDF", "JVBERg=="),
        (b"j", "application/json", b'{"a": [1, null]}', {"a": [1, None]}),
        (b"t", "application/json", b"[1]", [1]),
        (b"j", "application/vnd.x.v1+json", b"5", 5),
        (b"j", "application/geo+json", b'"\\u00e9"', "é"),
    ],
)
def test_what_is_shown(form, name, content, shown):
    bundle = made(form, name, content)
    assert (bundle.data, bundle.notes) == ({name: shown}, [])


@each(
    ("form", "name", "content", "note"),
    [
        (b"b", "image/png", b"GIF89a", "the board's image/png is left out: its bytes are no such picture"),
        (b"b", "image/png", b"", "the board's image/png is left out: its bytes are no such picture"),
        (b"b", "image/jpeg", PNG, "the board's image/jpeg is left out: its bytes are no such picture"),
        (b"t", "image/png", b"a b!", "the board's image/png is left out: its text is not base64"),
        (b"t", "image/png", b"abc", "the board's image/png is left out: its text is not base64"),
        (b"b", "text/html", b"ab\xff", "the board's text/html is left out: its byte 2 is not UTF-8"),
        (b"t", "nonsense", b"x", "the board's nonsense is left out: this is no MIME type"),
        (b"t", "a/b\n/c", b"x", "the board's a/b?/c is left out: this is no MIME type"),
        (b"j", "application/json", b"{", "the board's application/json is left out: it is not JSON"),
        (b"j", "application/json", b"[nan]", "the board's application/json is left out: it is not JSON"),
        (b"j", "application/json", b"[NaN]", "the board's application/json is left out: it is not JSON"),
        (b"j", "application/json", b"1e999", "the board's application/json is left out: it is not JSON"),
        (b"j", "application/json", b'"\\ud800"', "the board's application/json is left out: it is not JSON"),
        (b"j", "application/json", b"\xff", "the board's application/json is left out: it is not JSON"),
        (b"j", "text/html", b"5", "the board's text/html is left out: it takes text"),
        (b"m", "", b"[]", "the board's metadata is left out: it is no dictionary"),
        (b"p", "image/png", b"abc", "the board's image/png is left out: it has no pixels"),
        (b"e", "A._repr_png_", b"ValueError: no", "A._repr_png_ failed: ValueError: no"),
    ],
)
def test_what_is_left_out(form, name, content, note):
    bundle = made(form, name, content)
    assert (bundle.data, bundle.metadata, bundle.notes) == ({}, {}, [note])


@each("content", [DEEP, DEEP + b"]" * len(DEEP), b"[" * 950 + b"]" * 950])
def test_json_that_is_too_deep_to_be_sent(content):
    bundle = made(b"j", "application/json", content)
    assert len(bundle.notes) == 1 or json.dumps({"content": {"data": bundle.data}})


def test_one_that_is_wrong_costs_no_other():
    items = [
        Representation(Form.TEXT, "text/plain", b"<A>"),
        Representation(Form.BYTES, "image/png", b"no"),
        Representation(Form.TEXT, "text/html", b"<b>"),
        Representation(Form.METADATA, "text/html", b'{"isolated": true}'),
        Representation(Form.METADATA, "", b'{"mine": {"a": 1}}'),
        Representation(Form.TEXT, "text/plain", b"better"),
    ]
    bundle = bundle_of(items)
    assert bundle.data == {"text/plain": "better", "text/html": "<b>"}
    assert bundle.metadata == {"text/html": {"isolated": True}, "mine": {"a": 1}}
    assert len(bundle.notes) == 1


def test_pixels_become_a_picture():
    content = struct.pack("<HHBB", 2, 1, 1, 1) + b"\xf8\0\0\x1f"
    shown = made(b"p", "image/png", content).data["image/png"]
    assert base64.b64decode(shown) == png(2, 1, 1, b"\xf8\0\0\x1f", swapped=True)


def test_a_note_is_one_line_of_bounded_length():
    [note] = made(b"e", "x", b"\n\x1b[31m" * 1000).notes
    assert len(note) <= SHOWN_NOTE
    assert note.isprintable()


@each(
    ("data", "text"),
    [
        ({"image/png": base64.b64encode(PNG).decode()}, "<picture of 2 x 2 pixels>"),
        ({"text/html": "<b>"}, "<text/html>"),
        ({"image/png": 5}, "<image/png>"),
    ],
)
def test_consoles_get_a_text(data, text):
    assert described(data) == {"text/plain": text, **data}
    assert described({"text/plain": "x", **data}) == {"text/plain": "x", **data}
    assert described({}) == {}


@given(st.sampled_from(Form), st.text(max_size=30), st.binary(max_size=80))
def test_whatever_comes_can_be_sent(form, name, content):
    bundle = bundle_of([Representation(form, name, content)])
    json.dumps([described(bundle.data), bundle.metadata], allow_nan=False, ensure_ascii=False).encode()
    assert len(bundle.notes) <= 1
