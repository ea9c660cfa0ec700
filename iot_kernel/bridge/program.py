"""What a bridge runs on its board: a file of this computer or of the board, or code in the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: Bytes of a program; a board has less memory.
LARGEST_PROGRAM = 1_000_000

# The kernel puts ucore on a board when code mentions it; it does not look into the board's files.
_OF_THE_BOARD = "import ucore\nexec(open({path!r}).read(), {{'__name__': '__main__'}})\n"


@dataclass(frozen=True, slots=True)
class BoardProgram:
    """A program for a board.

    Attributes:
        name: for people.
        code: what runs there.
    """

    name: str
    code: str


def read_program(file: str | None, cell: str | None) -> BoardProgram | None:
    """Reads what shall run; None where nothing shall.

    Args:
        file: its path, on the board where it begins with a colon.
        cell: the code itself.

    Raises:
        ValueError: the file cannot be read.
    """
    if cell is not None:
        return BoardProgram("the code of --cell", cell.rstrip() + "\n")
    if file is None:
        return None
    if file.startswith(":"):
        return BoardProgram(file, _OF_THE_BOARD.format(path=file[1:]))
    try:
        data = Path(file).read_bytes()
        code = data.decode()
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file} is no text in UTF-8") from None
    if len(data) > LARGEST_PROGRAM:
        raise ValueError(f"{file} is larger than {LARGEST_PROGRAM} bytes; this is no program for a board")
    return BoardProgram(file, code)
