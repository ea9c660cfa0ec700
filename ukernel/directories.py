"""The user's directories: four environment variables, named and preset as in the original IoT Kernel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Places:
    """Absolute paths; none of them needs to exist.

    Attributes:
        projects: ``IOT_PROJECTS``, by default ``~/projects``: what paths in device files are relative to.
        devices: ``IOT_DEVICES``, by default ``$IOT_PROJECTS/devices``: the directory of the device files.
        libs: ``IOT_LIBS``, by default ``$IOT_PROJECTS/libs``: where packages for boards are installed.
        secrets: ``IOT_SECRETS``, by default ``$IOT_LIBS/secrets.py``: the file with the passwords.
    """

    projects: Path
    devices: Path
    libs: Path
    secrets: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Places:
        """Reads the four variables; ``~`` and ``$VARIABLES`` in them are expanded, an empty one is unset."""
        known = dict(environ)
        for name, default in (
            ("IOT_PROJECTS", "~/projects"),
            ("IOT_DEVICES", "$IOT_PROJECTS/devices"),
            ("IOT_LIBS", "$IOT_PROJECTS/libs"),
            ("IOT_SECRETS", "$IOT_LIBS/secrets.py"),
        ):
            known[name] = str(expand(environ.get(name) or default, known).absolute())
        return cls(*(Path(known[f"IOT_{name}"]) for name in ("PROJECTS", "DEVICES", "LIBS", "SECRETS")))

    def variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment with the four variables set, for expanding paths in device files."""
        return dict(environ) | {
            "IOT_PROJECTS": str(self.projects),
            "IOT_DEVICES": str(self.devices),
            "IOT_LIBS": str(self.libs),
            "IOT_SECRETS": str(self.secrets),
        }


def expand(text: str, environ: Mapping[str, str]) -> Path:
    """Expands ``$NAME``, ``${NAME}`` and a leading ``~``; a variable that is not set stays as written."""
    text = _VARIABLE.sub(lambda match: environ.get(match[1] or match[2], match[0]), text)
    if text == "~" or text.startswith("~/"):
        return Path(environ.get("HOME") or Path.home(), text[2:])
    return Path(text).expanduser() if text.startswith("~") else Path(text)
