"""Compares what a cell gives with what the notebook has saved of it. Pure.

What is compared are texts: stdout and stderr, each pieced together, the ``text/plain`` of results and
displays, and class and text of an error. Colours, pictures, tracebacks and execution counts are not.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

#: What ``compare-numbers`` allows where it says no number.
USUAL_TOLERANCE = 0.01

_TAG = "compare"
_NUMBERS = "compare-numbers"
_TAGS = f"'{_TAG}', '{_NUMBERS}' and '{_NUMBERS}=0.05'"

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

#: A number that stands for itself: not part of a name, nor of a version such as 1.25.0.
_NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|inf\b|nan\b)(?!\d|\.\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class TextComparison:
    """How a cell is compared.

    Attributes:
        tolerance: how far a number may be from the saved one, as a part of that; for a saved 0, how far from
            it. None: texts must be the same.
    """

    tolerance: float | None = None


def comparison_of(tags: Sequence[str]) -> TextComparison | None:
    """Reads a cell's tags.

    Returns:
        None for a cell that is not compared.

    Raises:
        ValueError: one of them begins as one of ours and is none; the text says more.
    """
    found = None
    for tag in tags:
        if tag == _TAG:
            found = found or TextComparison()
        elif tag == _NUMBERS:
            found = TextComparison(USUAL_TOLERANCE)
        elif tag.startswith(f"{_NUMBERS}="):
            found = TextComparison(_tolerance(tag))
        elif tag.startswith(_TAG):
            raise ValueError(f"unknown tag '{tag}'; there are {_TAGS}")
    return found


def difference(
    saved: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], comparison: TextComparison
) -> str:
    """Says how new outputs differ from those that were saved.

    Args:
        saved: outputs, in the form of notebooks.
        new: the same.
        comparison: what counts as a difference.

    Returns:
        A diff of both; empty where there is no difference.
    """
    before, after = texts_of(saved), texts_of(new)
    pairs = zip_longest(before, after, fillvalue=("", ""))
    if all(_is_same(one, other, comparison.tolerance) for one, other in pairs):
        return ""
    shown = difflib.unified_diff(
        _lines(before), _lines(after), "saved in the notebook", "given now", lineterm=""
    )
    return "\n".join(shown) or "the texts are the same, in other outputs"


def texts_of(outputs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Returns what counts of outputs: the kind of each, and its text."""
    found: list[tuple[str, str]] = []
    for output in outputs:
        kind, text = _text_of(output)
        earlier = next((place for place, (known, _) in enumerate(found) if known == kind), None)
        if output["output_type"] == "stream" and earlier is not None:
            found[earlier] = (kind, found[earlier][1] + text)
        else:
            found.append((kind, text))
    return [(kind, without_colours(text)) for kind, text in found]


def without_colours(text: str) -> str:
    """Leaves out what tells a terminal how text looks."""
    return _ANSI.sub("", text)


def _text_of(output: Mapping[str, Any]) -> tuple[str, str]:
    match output["output_type"]:
        case "stream":
            return str(output["name"]), _joined(output["text"])
        case "error":
            return "error", f"{output['ename']}: {output['evalue']}"
    kind = "result" if output["output_type"] == "execute_result" else "display"
    data = output["data"]
    return kind, _joined(data["text/plain"]) if "text/plain" in data else f"<{', '.join(sorted(data))}>"


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _is_same(saved: tuple[str, str], new: tuple[str, str], tolerance: float | None) -> bool:
    if saved == new:
        return True
    if tolerance is None or saved[0] != new[0]:
        return False
    if _NUMBER.split(saved[1]) != _NUMBER.split(new[1]):
        return False
    numbers = zip(_NUMBER.findall(saved[1]), _NUMBER.findall(new[1]), strict=True)
    return all(_is_close(float(one), float(other), tolerance) for one, other in numbers)


def _is_close(saved: float, new: float, tolerance: float) -> bool:
    if math.isnan(saved) or math.isinf(saved):
        return saved == new or (math.isnan(saved) and math.isnan(new))
    return abs(new - saved) <= tolerance * (abs(saved) or 1.0)


def _tolerance(tag: str) -> float:
    text = tag.partition("=")[2]
    try:
        tolerance = float(text)
    except ValueError:
        tolerance = -1.0
    if not 0 <= tolerance < math.inf:
        raise ValueError(f"tag '{tag}': '{text}' is no tolerance; there are {_TAGS}")
    return tolerance


def _lines(texts: Sequence[tuple[str, str]]) -> list[str]:
    return [line for kind, text in texts for line in (f"{kind}:", *_lines_of(kind, text))]


def _lines_of(kind: str, text: str) -> list[str]:
    *lines, last = text.split("\n")
    if kind not in ("stdout", "stderr"):
        return [*lines, last]
    return [*lines, f"{last} (and no line end)"] if last else lines
