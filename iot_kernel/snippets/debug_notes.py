"""Notes of each thread by which checkpoints code has come where it is, while a board is debugged.

Who called whom is told by the depth of the stack: a frame that is not deeper than the one at hand has ended,
and its values are let go. A stack of notes is a chain of slots: lists of depth, number of the checkpoint,
three values, the slot outside and the one inside. They are used again, so that a note takes no memory.

Checkpoints call ``quick`` while nobody steps and a thread listens to the host, else ``thorough``. Both are
one function, so that both measure the same depth for the same frame. It is the hottest one of the debugger,
so it is machine code where the firmware makes that: what it uses are arguments then, as each global name
costs more, and the first one most. Elsewhere it is interpreted: these names are globals, as one more local
name would take memory at each call, and so would a closure with more than one, or an argument more for
``stop``.
"""

import micropython

try:
    from _thread import get_ident
except ImportError:

    def get_ident():
        """There is only this thread."""
        return 1


depth_of = getattr(micropython, "stack_use", int)
main = get_ident()
places = {}
others = {}
top = [None]
stop = None


def __iot_notes__(reached):
    """Gives what others need of this.

    Where code may stop, and for other threads, checkpoints call a function with the depth, and a pair of
    number and values.
    """
    global stop
    stop = reached
    forget()
    return places, checkpoint_for(main), checkpoint_for(None), note, notes, forget


def checkpoint_for(mine):
    """Makes what checkpoints call; in this thread it just notes them, unless code stops there."""

    @micropython.native
    def checkpoint(
        number,
        a=None,
        b=None,
        c=None,
        thread=mine,
        get_ident=get_ident,
        depth_of=depth_of,
        places=places,
        top=top,
        stop=stop,
        inside=inside,
        found=found,
    ):
        if get_ident() != thread or number in places:
            a = a, b, c
            a = number, a
            return stop(depth_of(), a)
        depth = depth_of()
        slot = top[0]
        if slot[0] != depth:
            if slot[0] < depth:
                slot = slot[6] or inside(slot)
                slot[0] = depth
            else:
                slot[2] = None
                slot[3] = None
                slot[4] = None
                slot = slot[5]
                if slot[0] != depth:
                    slot = found(slot, depth)
            top[0] = slot
        slot[1] = number
        slot[2] = a
        slot[3] = b
        slot[4] = c

    return checkpoint


def inside(slot):
    """Makes the slot of the next frame inside; with a locked heap, the one outside is used up for it."""
    try:
        slot[6] = made = [-1, 0, None, None, None, slot, None]
    except MemoryError:
        return slot
    return made


def outermost():
    """Makes the slot that is outside of all frames, and the first one inside, so that it is never used up."""
    slot = [-1, 0, None, None, None, None, None]
    slot[6] = [-1, 0, None, None, None, slot, None]
    return slot


def found(slot, depth):
    """Finds the slot of a frame, from one that may have ended."""
    while slot[0] > depth:
        slot[2] = slot[3] = slot[4] = None
        slot = slot[5]
    if slot[0] < depth:
        slot = slot[6] or inside(slot)
        slot[0] = depth
    return slot


def note(me, depth, number, values):
    """Notes a checkpoint of any thread; returns the slot."""
    if me == main:
        slot = top[0] = found(top[0], depth)
    else:
        slot = others[me] = found(others.get(me) or outermost(), depth)
    slot[1] = number
    slot[2], slot[3], slot[4] = values
    return slot


def notes(slot=None):
    """Tells the frames out to a slot, else the main thread's, as (depth, number, values); innermost last."""
    slot = slot or top[0]
    kept = []
    while slot[0] >= 0 and len(kept) < 40:
        kept.append((slot[0], slot[1], (slot[2], slot[3], slot[4])))
        slot = slot[5]
    kept.reverse()
    return kept


def forget():
    """Forgets all frames, and lets their values go."""
    others.clear()
    top[0] = outermost()
