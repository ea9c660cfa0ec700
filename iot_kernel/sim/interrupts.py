"""Raises KeyboardInterrupt when the host signals, at the points where a microcontroller raises it.

The unix port's own SIGINT handler jumps out of whatever runs, the garbage collector included, and may leave a
heap that is locked or damaged. Firmware only notes the exception, and the virtual machine raises it at its
next safe point. The unix port has a place for such a note too, the main thread's pending exception, and the
handler here writes there. It runs in the middle of anything, so it must not allocate, and it must not branch:
after a branch the virtual machine raises what is pending, which would be in the handler itself. Its signal
also ends a blocking system call, after which the port looks for a pending exception; a second signal, the
nudge, does only that, for a call that began just after the first.

Where that place is not found, SIGINT is left to the port.
"""

import struct

READY = 4  # interrupts in one execution that find an exception without the traceback of an earlier one

_WORD = struct.calcsize("P")
_PENDING = 4  # words from the current locals to the pending exception, in every version since 1.21

_slot = None  # the pending exception, as a structure with the field `exception`
_errors = []
_addresses = []
_next = 0
_FOLLOWING = tuple(min(number + 1, READY - 1) for number in range(READY))
_handlers = []  # kept, because only C refers to them


def install(interrupt, nudge):
    """Makes the signals raise KeyboardInterrupt and end system calls.

    Args:
        interrupt: number of the signal that raises.
        nudge: number of the signal that only ends a system call.

    Returns:
        True when they do; False leaves SIGINT as the port handles it.
    """
    global _slot
    try:
        import ffi
        import thread_state
        import uctypes
    except (ImportError, OSError):
        return False
    if thread_state.address is None:
        return False
    word = uctypes.UINT64 if _WORD == 8 else uctypes.UINT32
    _slot = uctypes.struct(thread_state.address + _PENDING * _WORD, {"exception": word})
    prepare()
    libc = ffi.open(None)
    for number, action in ((interrupt, _interrupt), (nudge, _nudge)):
        handler = ffi.callback("v", action, "i")
        _handlers.append(handler)
        libc.func("p", "signal", "iC")(number, handler)
        libc.func("i", "siginterrupt", "ii")(number, 1)
    return True


def prepare():
    """Provides fresh exceptions for the next execution."""
    global _next, _errors
    if _next or not _errors:
        _errors = [KeyboardInterrupt() for _ in range(READY)]
        _addresses[:] = [id(error) for error in _errors]
        _next = 0


def _interrupt(_number):
    global _next
    address = _addresses[_next]
    _next = _FOLLOWING[_next]
    _slot.exception = address


def _nudge(_number):
    pass
