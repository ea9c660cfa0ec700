"""A small ``machine``."""

import os
import registers
from umachine import *  # noqa: F403 - what the port itself has


def power_on(uid):
    global _uid
    _uid = bytes(int(uid[i : i + 2], 16) for i in range(0, 12, 2))


def unique_id():
    return _uid


def reset():
    registers.put(registers.REPL_MODE, registers.FRIENDLY)
    registers.put(registers.RESET_KIND, registers.HARD_RESET)
    os.system("kill -9 $PPID")


def soft_reset():
    raise SystemExit
