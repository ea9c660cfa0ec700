"""Requests of frontends about frames and variables of code that stands, each with its reply. No I/O.

All raise what `StandingBoard` does, and NotStoppedError for numbers of a place that the code has left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.frontend.standing import NUMBERS, Standing, StandingBoard
from iot_kernel.debugging.frontend.variable_rows import Row

Arguments = Mapping[str, Any]

#: In the code that JupyterLab has evaluated when Tab is pressed in its debugger's console: it needs IPython.
_COMPLETER = "getCompletionsForDebugger"


async def scopes(standing: Standing, arguments: Arguments, _: StandingBoard) -> Row:
    """The scopes of a frame."""
    return {"scopes": standing.scopes(arguments.get("frameId"))}


async def variables(standing: Standing, arguments: Arguments, board: StandingBoard) -> Row:
    """What is in a scope, or inside of a variable."""
    return {"variables": await standing.variables(arguments.get("variablesReference"), board)}


async def evaluate(standing: Standing, arguments: Arguments, board: StandingBoard) -> Row:
    """The value of an expression; empty for statements, which are executed."""
    text = _text(arguments, "expression")
    if _COMPLETER in text:
        raise CommandFailedError("NotImplementedError", "nothing completes this console")
    frame = arguments.get("frameId")
    try:
        return await standing.evaluate(frame, text, board)
    finally:
        if arguments.get("context") == "repl":
            standing.renumber(frame)


async def set_variable(standing: Standing, arguments: Arguments, board: StandingBoard) -> Row:
    """Gives a variable of a list a new value."""
    name, value = _text(arguments, "name"), _text(arguments, "value")
    return _new(await standing.set_variable(arguments.get("variablesReference"), name, value, board))


async def set_expression(standing: Standing, arguments: Arguments, board: StandingBoard) -> Row:
    """Gives what an expression leads to a new value."""
    path, value = _text(arguments, "expression"), _text(arguments, "value")
    return _new(await standing.assign(arguments.get("frameId"), path, value, board))


async def show(standing: Standing, arguments: Arguments, board: StandingBoard) -> Row:
    """A variable as frontends show outputs."""
    data = await standing.shown_alone(arguments.get("frameId"), _text(arguments, "variableName"), board)
    return {"data": data, "metadata": {}}


async def copy_to_globals(standing: Standing, arguments: Arguments, board: StandingBoard) -> Row:
    """Makes a local variable one that later cells see."""
    source, target = _text(arguments, "srcVariableName"), _text(arguments, "dstVariableName")
    if not (source.isidentifier() and target.isidentifier()):
        raise CommandFailedError("NameError", "this is no name of a variable")
    code = f"setattr(__import__('__main__'),{target!a},{source})"
    await standing.evaluate(arguments.get("srcFrameId"), code, board)
    return {}


#: By the commands of the protocols.
LOOKS: Mapping[str, Callable[[Standing, Arguments, StandingBoard], Awaitable[Row]]] = {
    "scopes": scopes,
    "variables": variables,
    "evaluate": evaluate,
    "setVariable": set_variable,
    "setExpression": set_expression,
    "richInspectVariables": show,
    "copyToGlobals": copy_to_globals,
}


def is_ours(arguments: Arguments) -> bool:
    """Whether a request names frames or variables of a board."""
    numbers = (arguments.get(name) for name in ("frameId", "srcFrameId", "variablesReference"))
    return any(isinstance(number, int) and number in NUMBERS for number in numbers)


def _text(arguments: Arguments, name: str) -> str:
    return str(arguments.get(name, ""))


def _new(row: Row) -> Row:
    """The value of a variable that was set."""
    return {"value": row["result"], "type": row["type"], "variablesReference": row["variablesReference"]}
