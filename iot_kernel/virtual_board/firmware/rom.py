"""Changes built-in modules and objects in place, as firmware that was built otherwise has them.

A copy that stands in for a built-in module is none: ``import *`` from it crashes, what is set in it is set
nowhere else, and the other names of the module (``utime``) lead past it. So the tables of the interpreter
itself are changed. The garbage collector does not look into them, so the caller keeps what they refer to.
"""

import struct

import ffi
import uctypes

_WORD = struct.calcsize("P")
_ENTRY = 2 * _WORD  # bytes of a dictionary's entry: key and value
_READ_WRITE = 3  # mprotect's PROT_READ and PROT_WRITE
_SLOT_NUMBERS = _WORD + 4  # where a type has the numbers of its slots, a byte each, the dictionary's last
_SLOTS = (_SLOT_NUMBERS + 12 + _WORD - 1) // _WORD * _WORD  # where it has the slots, from 1

_libc = ffi.open(None)
_mprotect = _libc.func("i", "mprotect", "PLi")
_PAGE = _libc.func("i", "getpagesize", "")()


def replace(module, **values):
    """Gives names that a built-in module has other values.

    Where the system keeps the module from being changed, it stays as it is.

    Returns:
        What has to be kept.
    """
    dictionary = _words(id(module), 2)[1]
    _, _, size, table = _words(dictionary, 4)
    addresses = {id(name): id(value) for name, value in values.items()}
    for entry in range(table, table + size * _ENTRY, _ENTRY):
        key = _words(entry, 1)[0]
        if key in addresses and _unlock(entry):
            uctypes.bytearray_at(entry + _WORD, _WORD)[:] = struct.pack("P", addresses[key])
    return values


def override(things, **methods):
    """Gives some built-in objects of one type methods of their own; the type must have a dictionary.

    Returns:
        What has to be kept.
    """
    kind = _words(id(things[0]), 1)[0]
    numbers = uctypes.bytes_at(kind + _SLOT_NUMBERS, 12)
    own_kind = bytearray(uctypes.bytes_at(kind, _SLOTS + max(numbers) * _WORD))
    dictionary = dict(type(things[0]).__dict__)
    dictionary.update(methods)
    struct.pack_into("P", own_kind, _SLOTS + (numbers[-1] - 1) * _WORD, id(dictionary))
    for thing in things:
        uctypes.bytearray_at(id(thing), _WORD)[:] = struct.pack("P", uctypes.addressof(own_kind))
    return own_kind, dictionary


def _words(address, count):
    return struct.unpack("%dP" % count, uctypes.bytes_at(address, count * _WORD))


def _unlock(address):
    """Makes memory writable; returns whether it is."""
    start = address // _PAGE * _PAGE
    return _mprotect(start, address + _ENTRY - start, _READ_WRITE) == 0
