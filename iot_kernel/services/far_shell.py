"""Runs a script in a shell that is reached through another program: ssh, or a container engine's exec.

The script goes there as that program's input, so that nothing in it has to be quoted and no limit of
arguments applies. The input stays open behind it. When it ends before the script does (the stop button, a
lost connection, a kernel that died), a watcher there ends the script and all it started: neither ssh nor a
container engine does that by itself. The commands of the script find an empty input, as in a local shell.

What runs there is POSIX shell, which needs ``head``, ``kill`` and ``sleep`` besides. Its text holds neither
single quotes nor line ends, and exclamation marks only before spaces: within single quotes every login shell
passes that on.
"""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from iot_kernel.services.shell import script_bytes

#: Login shells that understand what this module and most scripts are written in; others are passed over.
SHELLS = ("sh", "bash", "zsh", "dash", "ash", "ksh", "ksh93", "mksh", "yash")

_PREFERRED = "bash sh"
_LOGIN_SHELL = f"case ${{SHELL##*/}} in {'|'.join(SHELLS)}) ;; *) SHELL=bash ;; esac; "

# $$ leads the process group. A script of which only a part has come does not run. What the shell has to say
# itself, such as which of its processes was killed, is not shown. After an interrupt the watcher stays
# to look after what ignores it.
_OUTER = (
    "exec 3<&0 </dev/null; iot=$(head -c {size} <&3); case $iot in *{mark}) ;; *) exit 255 ;; esac; "
    '{prepare}for shell in {shells}; do command -v "$shell" >/dev/null 2>&1 && break; done; '
    "exec 4>&2 2>/dev/null; stopped=; trap stopped=yes INT; trap : TERM; "
    '(trap "" HUP INT TERM; read -r end <&3; '
    "for how in INT TERM KILL; do kill -s $how -- -$$; sleep 1; done) >/dev/null 4>&- & "
    'printf %s "${{iot%{mark}}}" 4>&- | "$shell" -c "$1" 2>&4 3<&- 4>&-; '
    'status=$?; [ "$stopped" ] || {{ kill -s KILL $! ; wait $! ; }}; exit $status'
)
_INNER = 'eval "$(cat)"'


@dataclass(frozen=True, slots=True)
class FarScript:
    """A script, packed for another shell.

    Attributes:
        words: the command that takes it there.
        data: what that command reads.
    """

    words: Sequence[str]
    data: bytes

    @property
    def line(self) -> str:
        """The command as one line that any login shell understands."""
        return f"exec {shlex.join(self.words)}"


def far_script(script: str, *, shell: str | None = None, login: bool = False, init: str = "") -> FarScript:
    """Packs a script.

    Args:
        script: the commands.
        shell: what runs them; None for bash, or sh where there is no bash.
        login: whether the user's login shell is preferred to those.
        init: a file in the user's home directory that is sourced first where it exists.

    Raises:
        UsageError: the script cannot be one.
    """
    mark = secrets.token_hex(8)
    data = script_bytes(script) + mark.encode()
    shells = shlex.quote(shell) if shell else f"{'$SHELL ' if login else ''}{_PREFERRED}"
    outer = _OUTER.format(
        size=len(data), mark=mark, shells=shells, prepare=_LOGIN_SHELL if login and not shell else ""
    )
    inner = (sourcing(init) if init else "") + _INNER
    return FarScript(["sh", "-c", outer, "sh", inner], data)


def sourcing(file: str) -> str:
    """The commands that source a file in the user's home directory where it exists; on one line."""
    quoted = '"$HOME/' + re.sub(r'([$`"\\])', r"\\\1", file) + '"'
    return f"[ -r {quoted} ] && . {quoted}; "
