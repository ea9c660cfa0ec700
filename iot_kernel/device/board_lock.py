"""One kernel a board: an operating system lock on the board's address, and one on its uid.

The lock is the truth, and the system frees it when its process dies, however it dies. The JSON file beside it
only says for people who holds it; one left by a killed process means nothing. Lock files stay behind empty on
purpose: removing one would let two processes lock two files of the same name.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from iot_kernel.errors import ConfigError, ConnectError, ConnectReason
from iot_kernel.private_files import private_directory, runtime_directory, write_private
from iot_kernel.text import printable
from iot_kernel.urls import claim_key

#: s; `holder` of another process has the lock for a moment while it asks, longer on a busy machine.
CLAIM_PATIENCE = 1.5
CLAIM_POLL = 0.01  # s
INFO_LIMIT = 10_000  # bytes; ours are below 1 KB, more than this is not ours
NOTEBOOK_LIMIT = 200  # characters

_UID_KEY = "uid:"

_ADVICE = "set JUPYTER_RUNTIME_DIR to a directory of your own"
_IN_USE_HERE = "this notebook or program has it already; %disconnect frees it, close() in a program"
_DISCONNECT = "disconnect it there (%disconnect) or close that notebook"
_END = "end it, or have it close() the board"

_NOTEBOOK = ".ipynb"

#: What programs are called that stand in no file, by what Python calls them; "" is its prompt.
_WITHOUT_FILE = {"": "python", "-": "python -", "-c": "python -c", "-m": "python -m"}

#: What Python calls a kernel: the package of the kernelspecs, the one behind it, and the command.
_KERNELS = ("jupyter_iot_kernel", "iot_kernel", "iot-kernel", "iot-kernel.exe")

#: The first argument of what is no kernel all the same.
_BRIDGE = "bridge"

_log = logging.getLogger(__name__)
_mine: set[str] = set()
_claims_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Holder:
    """The kernel that drives a board.

    Attributes:
        pid: its process; 0 when unknown.
        notebook: the path of its notebook as the Jupyter server named it; empty outside a server.
        url: the board's address there.
        uid: the board's uid, empty while unknown.
        since: when it was claimed, seconds since the epoch.
        program: the file of a script that has it, or how its Python was started; empty for a kernel.
    """

    pid: int
    notebook: str
    url: str
    uid: str
    since: float
    program: str = ""

    def __str__(self) -> str:
        if self.program:
            return f"the program {self.program} (process {self.pid})"
        if self.notebook:
            return f"the notebook {self.notebook} (process {self.pid})"
        return f"another kernel (process {self.pid})" if self.pid else "another kernel"

    @property
    def advice(self) -> str:
        """How to free the board."""
        return _END if self.program else _DISCONNECT


class Claim:
    """A board that this kernel has locked, until `release`; made by `claim`."""

    def __init__(self, key: str, lock: BaseFileLock, info: Path) -> None:
        self.key = key
        self._lock = lock
        self._info = info

    def release(self) -> None:
        """Frees the board for others. Twice is fine, from any thread is fine."""
        with _claims_lock:
            if not self._lock.is_locked:
                return
            with suppress(OSError):  # only text for people; the lock is what counts
                self._info.unlink(missing_ok=True)
            self._lock.release()
            _mine.discard(self.key)


def claim(key: str, *, url: str, uid: str = "") -> Claim:
    """Locks a board for this kernel, or says which kernel has it.

    Args:
        key: an address in any spelling (see `iot_kernel.urls.claim_key`), or ``uid:`` and a uid.
        url: the address to show to others.
        uid: the board's uid where it is known.

    Raises:
        ConnectError: HELD by another kernel, or by this OWN one.
        ConfigError: Jupyter's runtime directory cannot be written.
    """
    key = _canonical(key)
    with _claims_lock:
        if key in _mine:
            raise ConnectError(url, ConnectReason.OWN, _IN_USE_HERE)
        _mine.add(key)
    try:
        return _take(key, Holder(os.getpid(), session_notebook(), url, uid, time.time(), session_program()))
    except BaseException:
        with _claims_lock:
            _mine.discard(key)
        raise


def holder(key: str) -> Holder | None:
    """Which kernel has a board now; None where none has it. A process that died has none.

    Args:
        key: as for `claim`.
    """
    path = _info_path(_directory(), _canonical(key))
    found = _holder_at(path)
    if found is None or found.uid:
        return found
    return next((h for h in holders() if h.uid and (h.pid, h.url) == (found.pid, found.url)), found)


def holders() -> list[Holder]:
    """All kernels that have a board now, one entry a lock, oldest first."""
    found = [h for path in _directory().glob("*.json") if (h := _holder_at(path)) is not None]
    return sorted(found, key=lambda h: (h.since, h.url, h.uid))


def session_notebook() -> str:
    """The notebook this kernel belongs to, as the Jupyter server says it; empty outside a server.

    The path is shown relative to the home directory; what editors append to it after ``.ipynb`` is cut off.
    """
    name = _session_name()
    with suppress(ValueError, RuntimeError):  # not below the home directory; there is no home directory
        name = str(Path(name).relative_to(Path.home()))
    return printable(name, NOTEBOOK_LIMIT)


def session_program() -> str:
    """The file of the script that this is, or how Python was started; empty for a kernel."""
    if session_notebook() or not sys.argv:
        return ""
    path = Path(sys.argv[0])
    name = path.parent.name if path.name == "__main__.py" else path.name
    if name in _KERNELS:
        return f"iot_kernel {_BRIDGE}" if sys.argv[1:2] == [_BRIDGE] else ""
    return printable(_WITHOUT_FILE.get(name, name), NOTEBOOK_LIMIT)


def session_path() -> Path | None:
    """Where that notebook was saved when its kernel started; None outside a server."""
    name = _session_name()
    return Path(name).absolute() if name.endswith(_NOTEBOOK) else None


def _session_name() -> str:
    name = os.environ.get("JPY_SESSION_NAME", "")
    end = name.find(_NOTEBOOK)
    return name[: end + len(_NOTEBOOK)] if end >= 0 else name


def _take(key: str, me: Holder) -> Claim:
    path = _info_path(private_directory(_directory(), _ADVICE), key)
    lock = _lock_of(path)
    try:
        lock.acquire(timeout=CLAIM_PATIENCE, poll_interval=CLAIM_POLL)
    except Timeout:
        who = _read_info(path) or Holder(0, "", me.url, "", 0.0)
        text = f"is in use by {who}; {who.advice}"
        raise ConnectError(me.url, ConnectReason.HELD, text) from None
    except OSError as error:
        problem = f"no lock can be taken beside this file ({error.strerror}); {_ADVICE}"
        raise ConfigError(str(path), problem) from error
    try:
        write_private(path, json.dumps(asdict(me)))
    except OSError as error:  # the lock holds all the same, only its description is missing
        _log.warning("%s: not written (%s)", path, error.strerror)
    return Claim(key, lock, path)


def _canonical(key: str) -> str:
    if key.startswith(_UID_KEY):
        return key.lower()
    return claim_key(key)


def _directory() -> Path:
    return runtime_directory() / "claims"


def _info_path(directory: Path, key: str) -> Path:
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key)[:60].strip("-")
    return directory / f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.json"


def _lock_of(info: Path) -> FileLock:
    return FileLock(info.with_suffix(".lock"), mode=0o600, thread_local=False)


def _holder_at(info: Path) -> Holder | None:
    if not info.exists():
        return None
    lock = _lock_of(info)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return _read_info(info) or Holder(0, "", "", "", 0.0)
    except OSError:
        return None
    try:
        with suppress(OSError):  # its process is dead
            info.unlink(missing_ok=True)
    finally:
        lock.release()
    return None


def _read_info(path: Path) -> Holder | None:
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(INFO_LIMIT))
        return Holder(
            pid=int(data["pid"]),
            notebook=printable(str(data["notebook"]), NOTEBOOK_LIMIT),
            url=printable(str(data["url"]), NOTEBOOK_LIMIT),
            uid=printable(str(data["uid"])),
            since=float(data["since"]),
            program=printable(str(data.get("program", "")), NOTEBOOK_LIMIT),
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
