"""Keeps exceptions of code from the board's firmware, which would restart the interpreter. Pure.

Code goes as text to ``exec``. What it raises is printed behind a mark, and is no output. It is kept, too: the
firmware shows no output any more of code that was interrupted, so it is asked for afterwards. SystemExit goes
on: who raises it wants a restart.
"""

from __future__ import annotations

import re

_MARK = b"\x15"

_GUARD = """\
def __iot_guard__(c):
 import builtins as b,sys
 m=sys.modules
 m.pop('__iot__',0)
 try:b.exec(c)
 except b.SystemExit:raise
 except b.BaseException as e:m['__iot__']=e;b.print(end='\\x15{session}');sys.print_exception(e)
try:__iot_guard__({code})
finally:del __iot_guard__
"""

_QUESTION = """\
def __iot_guard__():
 import builtins as b,sys
 e=sys.modules.pop('__iot__',0)
 if e:b.print(end='\\x15{session}');sys.print_exception(e)
__iot_guard__()
del __iot_guard__
"""

#: The frames of the guard, above those of the code.
_OWN_FRAMES = re.compile(rb'\A(?:  File "<stdin>".*\r?\n)+')


def guarded(code: str, session: str) -> str:
    """Returns code that does the same, and prints what it raises.

    Args:
        code: the code.
        session: some letters that programs do not print behind 0x15.
    """
    return _GUARD.format(code=repr(code), session=session)


def question(session: str) -> str:
    """Returns code that prints, like the guard, what the code before has raised; nothing where it has not."""
    return _QUESTION.format(session=session)


def guard_mark(session: str) -> bytes:
    """Returns what stands in front of an exception that code has raised."""
    return _MARK + session.encode()


def raised(printed: bytes) -> bytes:
    """Returns the traceback as it would be without the guard.

    Args:
        printed: what came behind the mark.
    """
    head, found, rest = printed.partition(b"\n")
    return head + found + _OWN_FRAMES.sub(b"", rest).replace(b'"<string>"', b'"<stdin>"')
