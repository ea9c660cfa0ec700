"""What runs on the board to measure checkpoints: functions and their loops, a stopwatch, sizes."""

from __future__ import annotations

from iot_kernel.debugging.instrumentation.instrument import STOP, STOPS

#: Functions whose names begin with P, with checkpoints or without. There is none in `called`.
TEXT = """\
def P_called(n): 'does nothing'
def P_caller(n):
    P_called(n)
def P_plain():
    a = b = 1
    for x in range(100):
STATEMENTS
def P_one():
    for a in range(100):
        P_called(a)
def P_three():
    a = b = 1
    for x in range(100):
        P_called(x)
def P_both():
    a = b = 1
    for x in range(100):
        P_caller(x)
""".replace("STATEMENTS", "        a = b\n" * 10)

#: What a call is measured by: the first loop has ten, and is the second one else.
CALLS = """\
def calling():
    a = b = 1
    for x in range(100):
STATEMENTS
def empty():
    a = b = 1
    for x in range(100): pass
""".replace("STATEMENTS", "        P_called(x)\n" * 10)

#: us for one turn of a loop, by the time of the processor where the board knows that.
TIMED = """\
import time
clock = getattr(time, "clock", None) or (lambda: time.ticks_us() / 1e6)
def once(f):
    count, begin = 0, clock()
    while clock() - begin < SECONDS:
        f()
        count += 1
    return (clock() - begin) / count * 1e4
def timed(f):
    return min(once(f), once(f), once(f))
"""

#: Other variables of the user's, in the dictionary where names are looked up.
OTHERS = "".join(f"v{number} = {number}\n" for number in range(100))

#: Bytes that two hundred statements take with a text in front of each; the first time names become known.
SIZES = """\
import gc
kept = []
def size(text):
    for _ in range(2):
        gc.collect()
        before = gc.mem_alloc()
        space = {}
        exec("def f(a, b, x):\\n" + (" " + text + "x=a\\n") * 200, space)
        kept.append(space)
        gc.collect()
        taken = gc.mem_alloc() - before
    return taken
print([size(text) for text in TEXTS])
del kept
"""

#: What the debugger does on a board that can be debugged, with some checkpoints that note where they are.
BY_HAND = f"""\
import builtins
space = {{}}
exec(PROGRAM, space)
builtins.{STOPS} = {STOPS} = set(range(200))
for number in range(199, -1, -1):
    {STOPS}.discard(number)
for number in NUMBERS:
    {STOPS}.add(number)
_, {STOP}, *_ = space["__iot_notes__"](None)
builtins.{STOP} = {STOP}
"""
