"""Waits that Ctrl-C ends on every system: on Windows a wait for a lock or a socket does not hear it."""

from __future__ import annotations

import os

#: s that a wait of the main thread lasts at most before it is begun again; None where an interrupt ends it.
AT_A_TIME = 0.1 if os.name == "nt" else None
