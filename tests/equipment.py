"""What tests need besides Python and the virtual board; `./check --quick` leaves tests that need it out.

Each kind of equipment is a marker. A test has it when it asks for one of the fixtures below, or when one of
its parameters names such a fixture; a test that gets equipment in another way is marked by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.slow import FIRST, SLOW
from tools import boards, node, services

#: Marker -> the fixtures that bring what it stands for.
FIXTURES = {
    "microbit": {"microbit", "microbit_process"},
    "wasm": {"wasm", "wasm_process"},
    "services": {"box", "podman", "ssh_server", "busybox", "mosquitto", "broker", "ser2net"},
}

#: Markers of tests that the quick check leaves out: `fresh_clone` is set by hand.
LEFT_OUT = {*FIXTURES, "browser", "fresh_clone", "slow"}

#: What obtains equipment, by module; a quick check refuses it.
SOURCES = {
    boards: ("microbit", "wasm"),
    node: ("node",),
    services: ("openssh", "busybox", "podman", "mosquitto", "amqtt", "ser2net"),
}

ROOT = Path(__file__).parents[1]
BROWSER = Path(__file__).with_name("browser")
SLOW_TESTS = {name for names in SLOW.values() for name in names}


def mark(items: Iterable[pytest.Item]) -> None:
    """Marks tests with what they need."""
    for item in items:
        wanted = {*getattr(item, "fixturenames", ()), *_names(item)}
        for marker, fixtures in FIXTURES.items():
            if wanted & fixtures:
                item.add_marker(marker)
        if BROWSER in item.path.parents:
            item.add_marker("browser")
        if not SLOW_TESTS.isdisjoint(_prefixes(item.nodeid)):
            item.add_marker("slow")


def is_quick(item: pytest.Item) -> bool:
    """Whether a test belongs to the quick check."""
    return LEFT_OUT.isdisjoint(mark.name for mark in item.iter_markers())


def is_left_out(path: Path) -> bool:
    """Whether no test of a file or directory belongs to the quick check."""
    return path == BROWSER or path.relative_to(ROOT).as_posix() in SLOW_TESTS


def order(items: list[pytest.Item]) -> None:
    """Puts the files that take longest first."""
    place = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))


def refuse(patch: pytest.MonkeyPatch) -> None:
    """Lets nobody have equipment any more."""
    for module, names in SOURCES.items():
        for name in names:
            patch.setattr(module, name, _refusal(f"{module.__name__}.{name}"))


def _refusal(name: str):
    def refused(*_: object) -> None:
        raise AssertionError(
            f"a test of the quick check asks for {name}: it lacks a marker of tests/equipment.py"
        )

    return refused


def _prefixes(name: str) -> Iterator[str]:
    """A test's name without its parameters, and its class and file."""
    parts = name.partition("[")[0].split("::")
    return ("::".join(parts[:count]) for count in range(1, len(parts) + 1))


def _names(item: pytest.Item) -> Iterator[str]:
    """The texts among the parameters of a test."""
    callspec = getattr(item, "callspec", None)
    for value in callspec.params.values() if callspec else ():
        yield from (
            part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, str)
        )
