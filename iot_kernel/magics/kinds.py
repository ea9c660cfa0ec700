"""What an argument of a magic takes, so that it can be completed. Pure: words, no board and no file.

A magic says it where it declares the argument; `argument_completion` knows what there is of each kind.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Takes(enum.Enum):
    """What an argument takes."""

    BOARD = "the name, uid or url of a board"
    KNOWN_BOARD = "likewise, of a board that is registered"
    ADDRESS = "the url of a board"
    CONNECTION = "a kind of connection to the board that is named before"
    BOARD_PATH = "a file or directory of the board"
    BOARD_DIRECTORY = "a directory of the board"
    HOST_PATH = "a file or directory of this computer"
    HOST_DIRECTORY = "a directory of this computer"
    EITHER_PATH = "a file or directory: of the board behind a colon, else of this computer"
    PROJECT_DIRECTORY = "a directory of this computer, relative to that of the projects"
    TARGET_DIRECTORY = "likewise, or behind a colon a directory of the board"
    SHELL_WORD = "any word of a command; those behind the first may be files of this computer"
    PACKAGE = "a package of the index of %upip"
    PIPE = "a pipe that is open"
    BOARD_VARIABLE = "a variable of the board that can be copied"
    HOST_VARIABLE = "a variable of host cells that can be copied"
    STORED_VARIABLE = "a variable that %store keeps"
    LOGGER = "a logger of this kernel"


#: A kind, or one word that may stand there.
Taken = Takes | str


@dataclass(frozen=True, eq=False, slots=True)
class Argument:
    """An argument, as a magic declares it.

    Attributes:
        flags: names of an option, or the name of a positional argument.
        options: for argparse.
        takes: what may stand there.
    """

    flags: tuple[str, ...]
    options: Mapping[str, Any]
    takes: tuple[Taken, ...] = ()

    @property
    def is_option(self) -> bool:
        """Whether it is an option, rather than a positional argument."""
        return self.flags[0].startswith("-")

    @property
    def has_value(self) -> bool:
        """Whether an option has a value of its own; a positional argument is one."""
        return "action" not in self.options or self.options["action"] == "append"

    @property
    def is_single(self) -> bool:
        """Whether it is one word at most."""
        return self.options.get("nargs") in (None, "?")
