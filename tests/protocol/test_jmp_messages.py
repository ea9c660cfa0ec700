"""Messages of µcore boards: examples of each kind, any message there and back, and what is no message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.protocol.jmp_messages import (
    ENVELOPE,
    LONGEST_SECTION,
    Header,
    JmpMessage,
    MessageError,
    MessageKind,
    decode,
    decode_content,
    encode,
    encode_content,
)

EXAMPLES = [
    (MessageKind.KERNEL_INFO_REQUEST, {}, ""),
    (
        MessageKind.KERNEL_INFO_REPLY,
        {
            "status": 0,
            "protocol_version": b"\x05\x03\x00",
            "implementation": "micropython",
            "implementation_version": b"\x01\x00\x00",
            "language": "MicroPython",
            "language_version": b"\x00\x01\x00",
            "mimetype": "text/x-python",
            "file_extension": ".py",
            "banner": "MicroPython Kernel",
            "debugger": 0,
        },
        "00050300000b6d6963726f707974686f6e010000000b4d6963726f507974686f6e000100000d746578742f782d707974686f6e00032e707900124d6963726f507974686f6e204b65726e656c00",
    ),
    (MessageKind.EXECUTE_REQUEST, {"code": "print('hi')", "flags": 14}, "000b7072696e742827686927290e"),
    (MessageKind.EXECUTE_REPLY, {"status": 0, "execution_count": 5}, "000005"),
    (
        MessageKind.EXECUTE_REPLY,
        {
            "status": 1,
            "ename": "ZeroDivisionError",
            "evalue": "divide by zero",
            "traceback": "Traceback (most recent call last):\n"
            '  File "<stdin>", line 1\nZeroDivisionError: divide by zero',
            "execution_count": 3,
        },
        "0100115a65726f4469766973696f6e4572726f72000e646976696465206279207a65726f005d54726163656261636b20286d6f737420726563656e742063616c6c206c617374293a0a202046696c6520223c737464696e3e222c206c696e6520310a5a65726f4469766973696f6e4572726f723a20646976696465206279207a65726f0003",
    ),
    (MessageKind.STREAM, {"name": 0, "text": "hello"}, "00000568656c6c6f"),
    (MessageKind.STREAM, {"name": 1, "text": "oops"}, "0100046f6f7073"),
    (
        MessageKind.ERROR,
        {
            "status": 1,
            "ename": "NameError",
            "evalue": "name 'x' isn't defined",
            "traceback": "Traceback (most recent call last):\nNameError: name 'x' isn't defined",
            "execution_count": 0,
        },
        "0100094e616d654572726f7200166e616d65202778272069736e277420646566696e6564004454726163656261636b20286d6f737420726563656e742063616c6c206c617374293a0a4e616d654572726f723a206e616d65202778272069736e277420646566696e65640000",
    ),
    (MessageKind.DISPLAY_DATA, {"data": {"text/plain": "42"}}, "0001000a746578742f706c61696e000234320000"),
    (MessageKind.STATUS, {"state": 0}, "00"),
    (MessageKind.STATUS, {"state": 1}, "01"),
    (MessageKind.STATUS, {"state": 2}, "02"),
    (MessageKind.INPUT_REQUEST, {"prompt": "Enter: ", "password": 0}, "0007456e7465723a2000"),
    (MessageKind.INPUT_REPLY, {"value": "42"}, "00023432"),
    (MessageKind.COMPLETE_REQUEST, {"code": "pri", "cursor": 3}, "00037072690003"),
    (
        MessageKind.COMPLETE_REPLY,
        {"matches": ("print",), "start": 0, "end": 3, "metadata": 0, "status": 0},
        "000100057072696e7400000003000000",
    ),
    (MessageKind.INSPECT_REQUEST, {"code": "print", "cursor": 5, "level": 0}, "00057072696e74000500"),
    (
        MessageKind.INSPECT_REPLY,
        {"status": 0, "found": 1, "data": {"text/plain": "<function>"}},
        "00010001000a746578742f706c61696e000a3c66756e6374696f6e3e0000",
    ),
    (MessageKind.INSPECT_REPLY, {"status": 0, "found": 0, "data": {}}, "000000000000"),
    (MessageKind.IS_COMPLETE_REQUEST, {"code": "def foo():\n"}, "000b64656620666f6f28293a0a"),
    (MessageKind.IS_COMPLETE_REPLY, {"status": 0, "indent": ""}, "000000"),
    (MessageKind.IS_COMPLETE_REPLY, {"status": 1, "indent": "  "}, "0100022020"),
    (MessageKind.SHUTDOWN_REQUEST, {"restart": 1}, "01"),
    (MessageKind.SHUTDOWN_REPLY, {"status": 0, "restart": 1}, "0001"),
    (MessageKind.INTERRUPT_REQUEST, {}, ""),
    (
        MessageKind.EXECUTE_RESULT,
        {"execution_count": 1, "data": {"text/plain": "4"}},
        "00010001000a746578742f706c61696e0001340000",
    ),
    (MessageKind.COMM_OPEN, {"comm_id": "abc-123", "target": 1}, "00076162632d3132330001"),
    (
        MessageKind.COMM_MSG,
        {"comm_id": "abc-123", "data": b"\x00\x00\x00*"},
        "00076162632d31323300040000002a",
    ),
    (MessageKind.COMM_CLOSE, {"comm_id": "abc-123"}, "00076162632d313233"),
    (MessageKind.INTERRUPT_REPLY, {"status": 0}, "00"),
]


@pytest.mark.parametrize(("kind", "content", "data"), EXAMPLES)
def test_contents(kind, content, data):
    assert encode_content(kind, content) == bytes.fromhex(data)
    assert decode_content(kind, bytes.fromhex(data)) == content


def test_each_kind_has_an_example():
    assert {kind for kind, _, _ in EXAMPLES} == set(MessageKind)


@pytest.mark.parametrize(("kind", "content", "data"), EXAMPLES)
def test_parts_of_contents_are_refused(kind, content, data):
    whole = bytes.fromhex(data)
    for cut in range(len(whole)):
        with pytest.raises(MessageError):
            decode_content(kind, whole[:cut])
    if content:
        with pytest.raises(MessageError, match="1 bytes are left over"):
            decode_content(kind, whole + b"a")


def test_a_message_is_laid_out_as_documented():
    header = Header(MessageKind.EXECUTE_REPLY, "r1", "s", "u")
    message = JmpMessage(
        header, {"status": 0, "execution_count": 5}, Header(MessageKind.EXECUTE_REQUEST, "q"), b"i" * 36
    )
    assert encode(message) == (
        b"i" * 36
        + b"\0\x0e\0\x0b\0\0\0\x03\0\0"
        + b"\0\x02r1\0\x01s\0\x01u\x04\x05\x03\x00"
        + b"\0\x01q\0\0\0\0\x03\x05\x03\x00"
        + b"\0\0\x05"
    )


TEXTS = st.text(max_size=40)
HEADERS = st.builds(Header, st.sampled_from(list(MessageKind)), TEXTS, TEXTS, TEXTS)
EXAMPLE_MESSAGES = st.builds(
    lambda example, header, parent: JmpMessage(Header(example[0], header.msg_id), example[1], parent),
    st.sampled_from(EXAMPLES),
    HEADERS,
    st.none() | HEADERS,
)


@given(EXAMPLE_MESSAGES)
def test_there_and_back(message):
    assert decode(encode(message)) == message


@given(EXAMPLE_MESSAGES, st.data())
def test_parts_are_refused(message, data):
    whole = encode(message)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(MessageError):
        decode(whole[:cut])


@given(EXAMPLE_MESSAGES, st.data())
def test_damaged_messages_are_messages_or_refused(message, data):
    damaged = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(decode(bytes(damaged)), JmpMessage)
    except MessageError as error:
        assert str(error)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(data):
    with pytest.raises(MessageError):
        decode(data[:ENVELOPE] + b"a" + data[ENVELOPE:])


def test_an_unknown_kind_has_no_values():
    message = decode(encode(JmpMessage(Header(0x7F, "m"))))
    assert message.header.kind == 0x7F
    assert message.content == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"code": "a" * (LONGEST_SECTION + 1), "flags": 0}, "at most 65535 bytes, not 65536"),
        ({"code": "a" * LONGEST_SECTION, "flags": 0}, "at most 65535 bytes, not 65538"),
        ({"code": "", "flags": 256}, "0 <= number <= 255"),
    ],
)
def test_what_has_no_room_is_refused(content, said):
    with pytest.raises(ValueError, match=said):
        encode(JmpMessage(Header(MessageKind.EXECUTE_REQUEST), content))


def test_text_that_is_none_is_shown_all_the_same():
    assert decode_content(MessageKind.STREAM, b"\0\0\x02\xff\xfe") == {"name": 0, "text": "\ufffd\ufffd"}
    assert (
        decode_content(MessageKind.STREAM, encode_content(MessageKind.STREAM, {"name": 0, "text": "\ud800"}))[
            "text"
        ]
        == "?"
    )
