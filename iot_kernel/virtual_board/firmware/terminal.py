"""The board's terminal: bytes in, bytes out, and when Ctrl-C interrupts instead of being read.

While code runs, the host turns the interrupt character into a signal, which becomes KeyboardInterrupt; at the
prompt the character is read like any other. The register INTERRUPT_CHAR says which. Switching it off is a
handshake, so that no signal can arrive once `interrupt_off` has returned: the host raises SIGNALLING before
it looks at INTERRUPT_CHAR and lowers it after its signal was sent, and whoever sees it lowered has had the
signal.
"""

import select
import struct
import sys

import _thread

import registers

CTRL_C = 3

_in = sys.stdin.buffer
_byte = bytearray(1)
_poller = select.poll()
_poller.register(sys.stdin, select.POLLIN)

_MARK = 4  # bytes
_HEADER = _MARK + 2
_MORE = 0x8000  # with the number: another record of the same write follows

_send = sys.stdout.buffer.write
_record = bytearray()
_room = 0  # bytes of data in a record
_layout = ""  # of a record behind the mark
_recording = _thread.allocate_lock()
_queue = _thread.allocate_lock()


class HungUp(BaseException):
    """Nobody is at the other end of the terminal any more."""


def use_records(mark, size):
    """Tells how bytes that are no text are written, before any are.

    Args:
        mark: four bytes by which the host knows a record.
        size: bytes of a record at most: so many are written in one piece, with no text of a thread inside.
    """
    global _record, _room, _layout
    _record = bytearray(size)
    _record[:_MARK] = mark
    _room = size - _HEADER
    _layout = "<H%ds" % _room


def write(data):
    """Writes bytes that arrive as they are, unlike text, where the host puts a CR before each LF.

    The host finds them in records: the mark, their number in two bytes, and the bytes. Text of threads comes
    before or after all of them. As many as fit into one record take no memory.

    Args:
        data: bytes or a bytearray.

    Returns:
        Their number.
    """
    size = len(data)
    if size > _room:
        return _write_long(memoryview(data), size)
    _begin()
    try:
        _write_record(data, size, 0)
    finally:
        _recording.release()
    return size


def write_and_interrupt_on(data):
    """Writes a few bytes that tell the host that Ctrl-C interrupts from now on, before an interrupt comes."""
    _begin()
    try:
        interrupt_on()
        _write_record(data, len(data), 0)
    finally:
        _recording.release()


def _begin():
    """Waits for the record; what follows at once has no branch, so no interrupt can come before its `try`."""
    with _queue:  # or who has just written would be the next one too, for as long as it likes
        _recording.acquire()


def _write_long(data, size):
    _begin()
    try:
        for start in range(0, size, _room):
            _write_record(data[start : start + _room], min(_room, size - start), _MORE)
    finally:
        try:
            _write_record(b"", 0, 0)
        finally:
            _recording.release()
    return size


def _write_record(data, size, more):
    struct.pack_into(_layout, _record, _MARK, size | more, data)
    _send(_record, _HEADER + size)


def read_byte():
    """Waits for one byte of input.

    Raises HungUp at the end of the input.
    """
    if not _in.readinto(_byte):
        raise HungUp
    return _byte[0]


def discard_input():
    """Drops what arrived so far, as the interrupt handlers of real boards do."""
    while _poller.poll(0):
        if not _in.readinto(_byte):
            raise HungUp


def interrupt_on(char=CTRL_C):
    registers.put(registers.INTERRUPT_CHAR, char)


def interrupt_off():
    """Makes the interrupt character ordinary input again; may raise a last KeyboardInterrupt."""
    registers.put(registers.INTERRUPT_CHAR, 0)
    while registers.get(registers.SIGNALLING):
        pass
