"""What code on a board with µcore firmware runs under, so that no exception and no output is lost. Pure.

The firmware restarts its interpreter after each exception that nobody catches. What is printed waits in a
queue of ten messages while the wire is busy; what is still in it when the code ends, or when something else
was asked for, is dropped. Pipes have no queue. So:

- Code goes as text to ``exec``. What it raises is printed behind a mark, and is no output. It is kept, too:
  of code that was interrupted nothing comes through the queue any more, so it is asked for afterwards.
  SystemExit goes on: who raises it wants a restart.
- ``print`` writes to a pipe: whole lines, in pieces for which the firmware's stacks have room. So does the
  one that the kernel's own programs take from ``builtins``.
- What the firmware prints by itself, as tracebacks, still goes through the queue. So at the end, before the
  first mark of the kernel's, and before one that ends what the firmware printed, messages are written to the
  pipe until one need not wait: then the wire is free, and the queue empty.

`preparation` puts the guard and ``print`` among the board's builtins, where they stay until it restarts. It
begins with a loop, in which an interrupt ends that came when no code ran.
"""

from __future__ import annotations

import re

#: The pipe by which the board tells what was printed. Users' pipes have other names.
OUTPUT_PIPE = "\x15"

_MARK = b"\x15"
_NAME, _KEPT = "__iot_guard__", "__iot__"

#: characters of output in one message
_PIECE = 250

#: ms after which a message to the pipe has waited for others; ms until the next one, so that the wire gets
#: time for more than these
_WAITED, _PAUSE = 3, 50

_PREPARATION = f"""\
try:
 for {_NAME} in 1,2,3:pass
except KeyboardInterrupt:pass
def {_NAME}():
 import builtins as b,sys,time
 from _ucore import pipe_write as w
 m=sys.modules
 q=[0]
 def out(*a,sep=' ',end='\\n',**k):
  if k:return b.print(*a,sep=sep,end=end,**k)
  try:s=sep.join([b.str(v) for v in a])+end
  except b.MemoryError:return b.print(*a,sep=sep,end=end)
  if s=='\\x1f'or s[:1]in('\\x1e','\\x1f')and not q[0]:flush()
  for i in b.range(0,b.len(s),{_PIECE}):w('{OUTPUT_PIPE}',s[i:i+{_PIECE}])
 def flush():
  q[0]=1
  while 1:
   t=time.ticks_ms();w('{OUTPUT_PIPE}','')
   if time.ticks_diff(time.ticks_ms(),t)<{_WAITED}:break
   time.sleep_ms({_PAUSE})
 def guard(c=0):
  q[0]=0
  try:
   try:
    if c:m.pop('{_KEPT}',0);b.exec(c)
    elif '{_KEPT}' in m:raise m.pop('{_KEPT}')
   except b.SystemExit:raise
   except b.BaseException as e:m['{_KEPT}']=e;q[0]=0;b.print(end='SESSION');sys.print_exception(e)
   if not q[0]:flush()
  except b.KeyboardInterrupt as e:m['{_KEPT}']=e
 b.{_NAME}=guard
 b.print=out
try:{_NAME}()
finally:del {_NAME}
"""

#: Code that tells again what the guarded code before has raised; nothing where it has not.
QUESTION = f"{_NAME}()\n"

#: The frames of the guard and of its ``print``; those of the code have another name of the file.
_OWN_FRAMES = re.compile(rb'^  File "<stdin>", line \d+, in \S+\r?\n', re.MULTILINE)

#: Where code takes ``print`` from the firmware, whatever others have put in its place.
_IMPORT = re.compile(
    r"^(?P<before>[^\n'\"#]*)\bfrom builtins import (?P<names>[\w ,]*\bprint\b[\w ,]*)", re.MULTILINE
)


def preparation(session: str) -> str:
    """Returns code that prepares a board.

    Args:
        session: some letters that programs do not print behind 0x15.
    """
    return _PREPARATION.replace("SESSION", guard_mark(session).decode())


def guard_mark(session: str) -> bytes:
    """Returns what stands in front of an exception that code has raised."""
    return _MARK + session.encode()


def guarded(code: str) -> str:
    """Returns code that does the same, and prints what it raises; it needs a board that is prepared."""
    return f"{_NAME}({_IMPORT.sub(_with_own_print, code)!r})\n"


def is_unprepared(ename: str, evalue: str) -> bool:
    """Whether this error of guarded code says that the board has restarted since it was prepared."""
    return ename == "NameError" and _NAME in evalue


def raised(printed: bytes) -> bytes:
    """Returns the traceback as it would be without the guard.

    Args:
        printed: what came behind the mark.
    """
    if b'"<string>"' not in printed:
        return printed
    return _OWN_FRAMES.sub(b"", printed).replace(b'"<string>"', b'"<stdin>"')


def _with_own_print(found: re.Match[str]) -> str:
    names = [name.split() for name in found["names"].split(",")]
    others = [" ".join(name) for name in names if name[:1] != ["print"]]
    aliases = [f"{name[-1]}=print" for name in names if name[:1] == ["print"] and len(name) > 1]
    imports = [f"from builtins import {','.join(others)}"] if others else []
    return found["before"] + (";".join(imports + aliases) or "pass")
