"""Which packages of PyPI describe a board's modules, and where they are kept. Installs nothing.

MicroPython's stubs are made by port (micropython-stubs.readthedocs.io), CircuitPython's are one package; both
have the version of the firmware they describe. They are kept in a directory of their own, away from this
computer's modules: a ``machine.pyi`` among these would mislead editors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from iot_kernel.packages.errors import PackageError
from iot_kernel.private_files import data_directory

#: ``sys.platform`` of a port -> the port in the package's name
_PORTS = {
    "esp32": "esp32",
    "esp8266": "esp8266",
    "rp2": "rp2",
    "pyboard": "stm32",
    "samd": "samd",
    "linux": "unix",
    "darwin": "unix",
    "win32": "windows",
    "webassembly": "webassembly",
}

#: Where stub packages of MicroPython keep what stands for Python's own library.
STDLIB = "stdlib"

_VERSION = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Stubs:
    """Packages that describe a board's modules.

    Attributes:
        names: of the packages.
        version: of the firmware: major and minor, ``1.25``.
    """

    names: tuple[str, ...]
    version: str

    @property
    def requirements(self) -> list[str]:
        """What pip is asked for: the last that were made for this version."""
        return [f"{name}~={self.version}.0" for name in self.names]

    @property
    def directory_name(self) -> str:
        """How their directory is called."""
        return f"{self.names[0]}-{self.version}"


def stubs_for(implementation: str, platform: str, version: str) -> Stubs:
    """Tells which packages describe a board's modules.

    Args:
        implementation: ``micropython`` or ``circuitpython``.
        platform: its ``sys.platform``.
        version: of its firmware.

    Raises:
        PackageError: there are none for it.
    """
    found = _VERSION.match(version)
    if implementation == "circuitpython":
        names: tuple[str, ...] = ("circuitpython-stubs",)
    elif platform in _PORTS:
        names = (f"micropython-{_PORTS[platform]}-stubs", "micropython-stdlib-stubs")
    else:
        names = ()
    if not names or found is None:
        raise PackageError("stubs", f"there are none for the port '{platform}' of {implementation} {version}")
    return Stubs(names, f"{found[1]}.{found[2]}")


def stubs_directory() -> Path:
    """Where all stubs are, away from this computer's modules."""
    return data_directory() / "stubs"


def arrange(place: Path) -> None:
    """Renames modules at the top to ``NAME-stubs``, where jedi looks first (PEP 561).

    It would take ``time.pyi`` only for a module that it does not know from CPython.
    """
    for top in (place, place / STDLIB):
        for path in list(top.iterdir()) if top.is_dir() else ():
            new = top / f"{path.stem}-stubs"
            if path.suffix == ".pyi" and not new.exists():
                new.mkdir()
                path.rename(new / "__init__.pyi")
            elif (path / "__init__.pyi").is_file() and not path.name.endswith("-stubs") and not new.exists():
                path.rename(new)


def are_there(place: Path) -> bool:
    """Whether a directory has stubs in it."""
    return next(place.glob("**/*.pyi"), None) is not None


def installed(implementation: str, platform: str, version: str) -> Path | None:
    """Where the stubs for a board are; None where they are not installed, or there are none for it.

    Args:
        implementation: as for `stubs_for`.
        platform: likewise.
        version: likewise.
    """
    try:
        place = stubs_directory() / stubs_for(implementation, platform, version).directory_name
    except PackageError:
        return None
    return place if place.is_dir() else None
