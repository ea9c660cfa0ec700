"""The process in which jedi reads: one JSON object a line comes in, one goes out.

A process of its own, since jedi changes the path of modules of its process for moments, takes its lock for as
long as it thinks, and what it reads may crash it. It finds modules in the stubs that a request names, and
none of this computer's.

A request is ``{"number": 1, "do": "complete", "stubs": DIR or null, "before": TEXT, "code": TEXT, "cursor":
5}``, its answer ``{"number": 1, "result": ...}``; ``do`` is the name of a method of `StaticNames`. Where jedi
fails the result is null.
"""

from __future__ import annotations

import importlib.machinery
import json
import sys
from dataclasses import astuple
from functools import cache
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from iot_kernel.analysis.static_names import StaticNames, renew_cache

#: Finders of the interpreter itself; others may find what an editable installation added.
_FINDERS = (
    importlib.machinery.BuiltinImporter,
    importlib.machinery.FrozenImporter,
    importlib.machinery.PathFinder,
)


@cache
def _names(stubs: str | None) -> StaticNames:
    return StaticNames(None if stubs is None else Path(stubs))


def _answer(request: dict[str, Any]) -> object:
    known = _names(request["stubs"])
    if request["do"] == "modules":
        return known.modules(request["code"])
    given = request["before"], request["code"], request["cursor"]
    match request["do"]:
        case "complete":
            return [astuple(name) for name in known.complete(*given)]
        case "signatures":
            return known.signatures(*given)
        case "help":
            return known.help(*given)
        case "source":
            return known.source(*given)
    return None


def _answer_surely(request: dict[str, Any]) -> object:
    """Answers, also where the files are damaged in which jedi keeps what it has read."""
    try:
        return _answer(request)
    except (EOFError, UnpicklingError):
        renew_cache()
        return _answer(request)


def serve() -> None:
    """Answers until the input ends."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder in _FINDERS]
    sys.modules.pop("iot_kernel", None)  # what is loaded is found first
    for line in sys.stdin:
        request = json.loads(line)
        try:
            result = _answer_surely(request)
        except Exception:  # noqa: BLE001  jedi raises anything about broken text; then nothing is known
            result = None
        print(json.dumps({"number": request["number"], "result": result}), flush=True)  # noqa: T201


if __name__ == "__main__":
    serve()
