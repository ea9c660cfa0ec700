"""Completes the arguments of magics: options, and what there is of each kind that `kinds` names.

May block for a moment, so it is called on a thread of its own; the board is asked only while it is idle.
Whatever cannot be told is left out, and nothing here raises for it.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from iot_kernel.boards.live_names import LiveNames
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.session import Session
from iot_kernel.device.lookup import MOST_NAMES
from iot_kernel.errors import IoTKernelError
from iot_kernel.magics import known_boards
from iot_kernel.magics.kinds import Takes
from iot_kernel.magics.magic import Magic
from iot_kernel.magics.path_completion import PATH_KINDS, file_names, split_path
from iot_kernel.magics.settings import OURS
from iot_kernel.magics.spelling import completed
from iot_kernel.magics.typed_argument import TypedArgument, typed_argument, typed_in_shell
from iot_kernel.packages.index import index_place
from iot_kernel.packages.package_names import PackageNames
from iot_kernel.packages.sources import HOSTS
from iot_kernel.values.host_side import Ask, HostVariables

#: What begins like a path among the packages of %upip.
_PATH_OF_PACKAGE = re.compile(r"\.{0,2}/|~|\$")

_VARIABLES = frozenset({Takes.BOARD_VARIABLE, Takes.HOST_VARIABLE, Takes.STORED_VARIABLE})


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be meant.

    Attributes:
        text: what would stand there.
        kind: a word about it: ``option``, ``file``, ``url`` …
    """

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Offers:
    """All that may be meant.

    Attributes:
        length: how many characters before the cursor they replace.
        offers: in the order in which they are shown.
    """

    length: int = 0
    offers: Sequence[Offer] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the names come from.

    Attributes:
        session: the notebook's boards and pipes.
        registry: the boards that are known.
        names: what is known of names and files on the board.
        packages: the names of packages.
        ask_host: asks the process of host cells where that is idle; raises `IoTKernelError` elsewhere.
    """

    session: Session
    registry: DeviceRegistry
    names: LiveNames
    packages: PackageNames
    ask_host: Ask


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is.

    Attributes:
        offers: whole names.
        at: where in the value the part begins that is completed.
        is_path: they are parts of paths.
    """

    offers: Sequence[Offer]
    at: int = 0
    is_path: bool = False


def complete_arguments(magic: Magic, text: str, behind: str, sources: Sources) -> Offers:
    """Completes an argument.

    Args:
        magic: whose it is.
        text: what stands between the magic's name and the cursor.
        behind: the character behind the cursor; empty where there is none.
        sources: where names come from.
    """
    is_shell = any(Takes.SHELL_WORD in declared.takes for declared in magic.arguments)
    typed = (typed_in_shell if is_shell else typed_argument)(magic.arguments, text)
    if typed is None:
        return Offers()
    try:
        found = _found(typed, sources)
    except (IoTKernelError, OSError):
        return Offers()
    start = _start(found.at, typed, text)
    spelled = (_spelled(offer, found, typed, text[start:], behind) for offer in found.offers)
    offers = itertools.islice((offer for offer in spelled if offer is not None), MOST_NAMES)
    return Offers(len(text) - start, list(offers))


def _found(typed: TypedArgument, sources: Sources) -> _Found:
    """All that there is; an argument takes words, and one kind at most."""
    words = [taken for taken in typed.takes if isinstance(taken, str)]
    plain = [Offer(word, "value") for word in words] + [Offer(one, "option") for one in typed.options]
    kind = next((taken for taken in typed.takes if isinstance(taken, Takes)), None)
    if kind is Takes.SHELL_WORD or (kind is Takes.PACKAGE and _PATH_OF_PACKAGE.match(typed.value)):
        kind = Takes.HOST_PATH
    if kind is None:
        return _Found(plain)
    if kind in PATH_KINDS:
        names = file_names(kind, typed.value, sources.names, sources.session.current)
        offers = [Offer(name, "directory" if name.endswith("/") else "file") for name in names]
        return _Found(offers, split_path(kind, typed.value), is_path=True)
    offers = [Offer(*pair) for pair in _KINDS[kind](typed, sources) if pair[0] not in typed.before]
    return _Found([*plain, *offers], typed.value.rfind(",") + 1 if kind in _VARIABLES else 0)


def _start(at: int, typed: TypedArgument, text: str) -> int:
    """The offset of the part of a value that is completed; no quotes change what stands before it."""
    if not at:
        return typed.start
    mark = str(typed.value[at - 1])
    return (text.index(mark, typed.start) if mark == ":" else text.rindex(mark, typed.start)) + 1


def _spelled(offer: Offer, found: _Found, typed: TypedArgument, raw: str, behind: str) -> Offer | None:
    """An offer as it stands in the line; None where it does not fit what is typed."""
    prefix = typed.value[found.at :]
    if not offer.text.startswith(prefix):
        is_alike = offer.kind == "value" and offer.text.lower().startswith(prefix.lower())
        return offer if is_alike and not typed.quote else None
    rest = offer.text[len(prefix) :]
    is_first = not prefix and not found.at
    if found.is_path and is_first and rest.startswith("-"):  # else it would be an option
        rest = f"./{rest}"
    is_open = rest.endswith("/") or (bool(behind) and behind == typed.quote)
    text = completed(raw, rest, typed.quote, is_path=found.is_path, is_first=is_first, is_open=is_open)
    return None if text is None else Offer(text, offer.kind)


def _packages(typed: TypedArgument, sources: Sources) -> Iterable[tuple[str, str]]:
    names = ("ucore", *sources.packages.of(index_place()))
    return [(name, "package") for name in dict.fromkeys(names)] + [(f"{host}:", "address") for host in HOSTS]


def _loggers(typed: TypedArgument, sources: Sources) -> Iterable[tuple[str, str]]:
    known = sorted(logging.root.manager.loggerDict)
    ours = [name for name in known if name.partition(".")[0] == OURS]
    others = [name for name in known if name not in ours] if typed.value else []
    return [(name, "logger") for name in dict.fromkeys([OURS, *ours, *others])]


def _board_variables(typed: TypedArgument, sources: Sources) -> Iterable[tuple[str, str]]:
    board = sources.session.current
    if board is None or _renames(typed):
        return []
    found = sources.names.variables(board, str(typed.value[typed.value.rfind(",") + 1 :]))
    names = sorted(found.names if found is not None else ())
    return [(name, "variable") for name in names if typed.value.startswith("_") or not name.startswith("_")]


def _host_variables(typed: TypedArgument, sources: Sources) -> Iterable[tuple[str, str]]:
    if _renames(typed):
        return []
    return [(name, "variable") for name in HostVariables(sources.ask_host).names()]


def _stored_variables(typed: TypedArgument, sources: Sources) -> Iterable[tuple[str, str]]:
    return [(name, "variable") for name in HostVariables(sources.ask_host).stored_names()]


def _renames(typed: TypedArgument) -> bool:
    """Whether a new name is being typed: behind ``NAME as``."""
    return typed.before[-1:] == ("as",)


_Source = Callable[[TypedArgument, Sources], Iterable[tuple[str, str]]]

_KINDS: Mapping[Takes, _Source] = {
    Takes.BOARD: lambda _, sources: known_boards.boards(sources.registry),
    Takes.KNOWN_BOARD: lambda _, sources: known_boards.registered(sources.registry),
    Takes.ADDRESS: lambda _, sources: known_boards.addresses(sources.registry),
    Takes.CONNECTION: lambda typed, sources: known_boards.connections(sources.registry, typed.before[0]),
    Takes.PACKAGE: _packages,
    Takes.PIPE: lambda _, sources: [(info.name, "pipe") for info in sources.session.hub.pipes()],
    Takes.BOARD_VARIABLE: _board_variables,
    Takes.HOST_VARIABLE: _host_variables,
    Takes.STORED_VARIABLE: _stored_variables,
    Takes.LOGGER: _loggers,
}
