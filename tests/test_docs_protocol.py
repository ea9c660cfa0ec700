"""The table of docs/reference/protocol.md describes the bytes that are really used."""

import binascii
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.protocol.frames import LONGEST_PIECE, START, Frame, encode

TEXT = (Path(__file__).parent.parent / "docs" / "reference" / "protocol.md").read_text(encoding="utf-8")


def by_the_table(frame, *, through_text=False, without_crc=False):
    """Encodes a frame from what the page says alone."""
    length = len(frame.data) ^ 0x80 | (0x8000 if frame.more else 0) | (0x4000 if frame.continues else 0)
    length |= 0x2000 if without_crc else 0
    body = bytes([frame.channel]) + length.to_bytes(2, "little")
    body += bytes([255 - sum(body) % 256]) + frame.data
    check = binascii.crc32(body, frame.sequence) % 2**24
    body += bytes([frame.sequence])
    if without_crc:
        check = int.from_bytes(body, "big") % 4194301
    body += check.to_bytes(3, "little")
    escapes = {0x01: b"a", 0x04: b"d", 0x3E: b"g", 0xFD: b"f", 0xFE: b"e"}
    if through_text:
        escapes[0x0A] = b"n"
    return START + b"".join(b"\xfd" + escapes[byte] if byte in escapes else bytes([byte]) for byte in body)


bytes_ = st.integers(0, 255)


forms = st.fixed_dictionaries({"through_text": st.booleans(), "without_crc": st.booleans()})


@given(st.builds(Frame, bytes_, bytes_, st.binary(max_size=600), st.booleans(), st.booleans()), forms)
def test_the_table(frame, form):
    assert encode(frame, **form) == by_the_table(frame, **form)


def test_the_figures():
    assert f"0 to {LONGEST_PIECE}" in TEXT
    assert "start mark 0xFE" in TEXT
    assert "modulo 4194301" in TEXT
    told = re.search(r"sample of four bytes takes (\d+) on the wire", TEXT)
    assert int(told[1]) == len(encode(Frame(16, 2, b"\x00\x11\x22\x33")))
