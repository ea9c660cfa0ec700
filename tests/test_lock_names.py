"""Each lock on the way from a cell to the wire has a name of its own, and a place in the order of locks."""

import re

from tests.test_layers import MODULES, ROOT, is_in

#: Whatever may hold a lock while a board is used.
CHAIN = tuple(f"iot_kernel.{name}" for name in ("boards", "device", "repl", "transports", "pipes"))

LOCK = re.compile(r"(\w+)(?:: [\w.]+)? = (?:threading\.(?:R?Lock|Condition)|TurnLock)\(\)")


def locks():
    """The names of locks, each with the modules that have it."""
    found = {}
    for name, path in MODULES.items():
        if is_in(name, CHAIN):
            for lock in set(LOCK.findall(path.read_text(encoding="utf-8"))):
                found.setdefault(lock, []).append(name)
    return found


def test_no_two_modules_have_a_lock_of_the_same_name():
    assert not {lock: names for lock, names in locks().items() if len(names) > 1}


def test_the_order_of_locks_names_each():
    text = (ROOT / "docs" / "inside" / "architecture.md").read_text(encoding="utf-8")
    section = text.partition("\n## Locks\n")[2].partition("\n## ")[0]
    assert sorted(set(re.findall(r"`(\w+)`", section)) & locks().keys()) == sorted(locks())
