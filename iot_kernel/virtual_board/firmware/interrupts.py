"""Raises KeyboardInterrupt when the host signals, at the points where a microcontroller raises it.

The unix port's own SIGINT handler jumps out of whatever runs, the garbage collector included, and may leave a
heap that is locked or damaged. Firmware only notes the exception, and the virtual machine raises it at its
next safe point. The unix port has a place for such a note too, the main thread's pending exception, and the
handler here writes there. It runs in the middle of anything, so it must not allocate, and it must not branch:
after a branch the virtual machine raises what is pending, which would be in the handler itself.

A second signal, the nudge, ends a blocking read or write, after which the port looks for a pending exception.
The first one must not: the garbage collector waits in a system call for other threads to show what they use,
and would free all of that without it. The nudge comes when a collection is over.

Where that place is not found, SIGINT is left to the port.
"""

import struct
import sys

import ffi
import thread_state
import uctypes

READY = 4  # interrupts in one execution that find an exception without the traceback of an earlier one

_WORD = struct.calcsize("P")
_PENDING = 4  # words from the current locals to the pending exception, in every version since 1.21

_slot = None  # the pending exception: `exception`; `low`, its lower half, can be read without allocating
_errors = []
_addresses = []
_next = 0  # which exception was noted last; the first one never is
_ONE_WHEN_NONE = {0: 1}  # by what is pending: nothing calls for the next exception, one stays the same
_FOLLOWING = [(number, min(number + 1, READY)) for number in range(READY + 1)]
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
    if thread_state.address is None:
        return False
    word = uctypes.UINT64 if _WORD == 8 else uctypes.UINT32
    low = uctypes.UINT32 | (_WORD - 4 if sys.byteorder == "big" else 0)
    _slot = uctypes.struct(thread_state.address + _PENDING * _WORD, {"exception": word, "low": low})
    prepare()
    libc = ffi.open(None)
    for number, action, ends_calls in ((interrupt, _interrupt, 0), (nudge, _nudge, 1)):
        handler = ffi.callback("v", action, "i")
        _handlers.append(handler)
        libc.func("p", "signal", "iC")(number, handler)
        libc.func("i", "siginterrupt", "ii")(number, ends_calls)
    return True


def prepare():
    """Provides fresh exceptions for the next execution; not while an interrupt can come."""
    global _next, _errors
    if _next or not _errors:
        _errors = [KeyboardInterrupt() for _ in range(READY + 1)]
        _addresses[:] = [id(error) for error in _errors]
        _next = 0


def _interrupt(_number):
    global _next
    _next = _FOLLOWING[_next][_ONE_WHEN_NONE.get(_slot.low, 0)]
    _slot.exception = _addresses[_next]


def _nudge(_number):
    pass
