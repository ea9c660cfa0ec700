"""Code by which a board prints values at the debugger's prompt, among the output of the cell. Pure: text out.

So a value has any length, and its place in the output.
"""

from __future__ import annotations

from enum import StrEnum

from iot_kernel.debugging.messages import Variable

#: Items, characters or bytes of a value that is shown whole beside others.
LONG = 100

_BUILTINS = "__import__('builtins')"


class Shows(StrEnum):
    """What the board does with a value ``v``, ``b`` being its builtins."""

    VALUE = "v is None or b.print(b.repr(v))"
    PRINT = "b.print(b.repr(v))"
    KIND = "b.print(b.type(v))"
    PRETTY = (
        "(lambda t:b.print(t if b.len(t)<80 or b.type(v) not in (b.list,b.tuple,b.dict,b.set) else "
        "t[0]+',\\n '.join([b.repr(k)+': '+b.repr(v[k]) for k in v] if b.type(v) is b.dict else "
        "[b.repr(i) for i in v])+t[-1]))(b.repr(v))"
    )


def printing(expression: str, shows: Shows) -> str:
    """Returns code that prints the value of an expression."""
    return f"(lambda b,v:{shows.value})({_BUILTINS},(\n{expression}\n))"


def printing_variable(variable: Variable) -> str:
    """Returns code that prints a variable with its name; of a long one the beginning, as it was told."""
    if variable.size is not None and variable.size > LONG:
        return f"{_BUILTINS}.print({f'{variable.name} = {variable.text}'!a})"
    return f"{_BUILTINS}.print({variable.name!a},'=',{_BUILTINS}.repr({variable.name}))"
