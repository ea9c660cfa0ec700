"""What two other programs with packages of the same names have done to this installation, and what to do.

Of two such programs in one directory, the one that was installed last has overwritten files of the other,
and the one that is uninstalled takes the common files along. So an ``__init__`` of ours may be another
program's, or may be missing; or another directory comes first on Python's path. Never: an import of what is
looked at; a scan of everything that is installed, which would delay the start.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]  # where all our packages are
DISTRIBUTION = "jupyter-iot-kernel"
MARK = f'__distribution__ = "{DISTRIBUTION}"'.encode()  # in the `__init__` of both packages

#: What else has packages called so, by the package. Its distribution has the same name.
OTHERS = {"iot_kernel": "the first IoT Kernel, 2021", "ukernel": "the kernel of µcore"}

_INFO = re.compile(r"(\w+)-([^-]+)(?:-[^-]+)?\.(?:dist|egg)-info")  # as installers name the directories
_AGAIN = "install this IoT Kernel again, in the way you did before"
_RESTART = "restart the kernel of this notebook"


@dataclass(frozen=True, slots=True)
class Installed:
    """A distribution that lies in the same directory as ours.

    Attributes:
        name: as pip takes it.
        about: the name with the version, and in words.
        files: what it has installed, relative to the directory; empty where it does not say.
    """

    name: str
    about: str
    files: frozenset[str]


def fault(root: Path = ROOT) -> str | None:
    """Tells why the kernel cannot run here, and what to do.

    Args:
        root: the directory of our packages.

    Returns:
        Some lines for people; None where both packages are ours.
    """
    for package in OTHERS:
        ours = root / package / "__init__.py"
        if not ours.is_file():
            return _missing(root, ours)
        found = find_spec(package)
        if found is not None and found.origin is not None and not ours.samefile(found.origin):
            return _hidden(ours, found.origin)
        if MARK not in ours.read_bytes():
            return _overwritten(root, ours)
    return None


def neighbours(root: Path = ROOT) -> list[str]:
    """Tells of programs of the same names that do no harm yet, and what to do.

    Args:
        root: the directory of our packages.

    Returns:
        Some lines for people about each.
    """
    ours, others = _installed(root)
    return [
        f"Another program is installed in the same directory as this IoT Kernel: {other.about}. Both have "
        f"{_some(ours & other.files) or 'files of the same names'} in {root}. This IoT Kernel works, because "
        f"it was installed last. But whoever uninstalls {other.name} alone removes these files of this IoT "
        f"Kernel, too.\n" + _steps([other.name])
        for other in others
    ]


def _missing(root: Path, init: Path) -> str:
    ours, others = _installed(root)
    gone = {name for name in ours if not (root / name).exists()} or {_relative(init, root)}
    return (
        f"Files of this IoT Kernel are missing in {root}: {_some(gone)}. Most likely another program with "
        f"files of the same names was uninstalled, {' or '.join(OTHERS).replace('_', '-')}.\n"
        + _steps([other.name for other in others])
    )


def _overwritten(root: Path, init: Path) -> str:
    ours, others = _installed(root)
    other = next((other for other in others if other.name == _distribution(init.parent.name)), None)
    who, theirs = (f": {other.about}", other.files) if other is not None else ("", frozenset())
    return (
        f"Another program that has files of the same names has overwritten files of this IoT Kernel{who}. "
        f"They are in {root}: {_some(ours & theirs) or _relative(init, root)}.\n"
        + _steps([other.name for other in others])
    )


def _hidden(init: Path, origin: str) -> str:
    """Another directory comes first on Python's path."""
    _, others = _installed(Path(origin).parents[1])
    other = next((other for other in others if other.name == _distribution(init.parent.name)), None)
    text = f"Python finds another program, {origin}, before this IoT Kernel, {init}."
    if other is None:
        return f"{text}\n" + _numbered([f"rename or remove {Path(origin).parent}", _RESTART])
    steps = _numbered([_uninstall([other.name]), *_elsewhere([other.name]), _RESTART])
    return f"{text} That is {other.about}.\n{steps}"


def _distribution(package: str) -> str:
    """The distribution of another program, by its package."""
    return package.replace("_", "-")


def _installed(root: Path) -> tuple[frozenset[str], list[Installed]]:
    """What our distribution has installed, and the others in the same directory."""
    ours, others = frozenset[str](), []
    for entry in sorted(os.listdir(root)):  # noqa: PTH208  names alone: some hundred of them
        if (match := _INFO.fullmatch(entry)) is None:
            continue
        package, version = match[1], match[2]
        if package == DISTRIBUTION.replace("-", "_"):
            ours = _record(root / entry)
        elif package in OTHERS:
            name = _distribution(package)
            others.append(Installed(name, f"{name} {version} ({OTHERS[package]})", _record(root / entry)))
    return ours, others


def _record(info: Path) -> frozenset[str]:
    """The files of a distribution, as its RECORD has them."""
    try:
        lines = (info / "RECORD").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return frozenset()
    names = (line.rsplit(",", 2)[0] for line in lines)
    return frozenset(name for name in names if not name.endswith(".pyc"))


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _some(names: frozenset[str] | set[str]) -> str:
    """One of many names, and how many more there are."""
    first, *more = sorted(names, key=lambda name: (name.startswith(".."), name)) or [""]
    return f"{first} and {len(more)} more" if more else first


def _steps(others: list[str]) -> str:
    """What to do where files of ours are, or may be, another program's.

    Args:
        others: the distributions that shall go.
    """
    return _numbered([_uninstall([*others, DISTRIBUTION]), _AGAIN, *_elsewhere(others), _RESTART])


def _uninstall(names: list[str]) -> str:
    return f"in a terminal: {sys.executable} -m pip uninstall -y {' '.join(names)}"


def _elsewhere(names: list[str]) -> list[str]:
    return [f"if you need {' and '.join(names)}: give it an environment of its own"] if names else []


def _numbered(steps: list[str]) -> str:
    lines = (f"  {number}. {step}" for number, step in enumerate(steps, 1))
    return "\n".join(["What to do:", *lines])
