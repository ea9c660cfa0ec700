"""What to do about an error of a board: from what it says to one line of advice. Pure: a table.

Only what is known is told: texts are translated in some firmware, so names and numbers count, and nothing is
said where an error speaks for itself. Each row has a condition that the failing line, or the platform, meets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from iot_kernel.device.memory import MemoryLeft
from iot_kernel.files.errnos import error_name
from iot_kernel.text import byte_count, printable

SYNTAX_ERRORS = ("SyntaxError", "IndentationError")
IMPORT_ERRORS = ("ImportError", "ModuleNotFoundError")

#: U+FEFF, which some editors put in front of a text; part of a name to a board.
BYTE_ORDER_MARK = "\ufeff"

_CONSUMERS = re.compile(r"\bukernel\b")
# IPython's syntax where only Python's goes; no line of Python looks like that.
_MAGIC_INSIDE = re.compile(r"[ \t]+(?P<magic>%{1,2}[A-Za-z]\w*|!(?!=))")
_TAKES_OUTPUT = re.compile(r"\s*\w[\w.,\s]*=\s*(?P<magic>%[A-Za-z]\w*|!\w*)")
_ASKS_FOR_HELP = re.compile(r"\s*(?:\?\??\s*(?P<before>[\w.]+)|(?P<behind>[\w.]+)\s*\?\??)[\s;]*\Z")

#: Magics that are typed as in a shell, without %.
SHELL_WORDS = (
    *("cat", "cd", "connect", "cp", "disconnect", "discover", "hardreset", "info", "ls", "lsmagic", "pip"),
    *("pull", "push", "rdiff", "rlist", "rm", "rsync", "softreset", "upip", "who", "whos"),
)
_SHELL_WORD = re.compile(rf"(?P<word>{'|'.join(SHELL_WORDS)})(?P<rest>(?: .*)?)")
_GOES_ON = re.compile(r" +(?:[^\w\s./:~'\"*-]|-(?![A-Za-z])|\* |(?:and|else|for|if|in|is|not|or)\b)")

_NUMBER = re.compile(r"\A(?:\(|\[Errno )?(?P<number>-?\d{1,6})(?=[\],]|\Z)")
_NAMED = re.compile(r"\bE[A-Z0-9]{2,14}\b")
_QUOTED = re.compile(r"'(?P<name>[\w.]{1,100})'")
_FROM = re.compile(r"\s*(?:\w+:\s*)?from\s+(?P<name>[\w.]+)\s+import\b")
_IMPORT = re.compile(r"\s*(?:\w+:\s*)?import\s+(?P<names>\w.*)")
#: What firmware says that has no space for the name.
_NO_MODULE = ("", "module not found")

#: Packages that need more than a board has; they are for cells on the host.
_FOR_HOST = frozenset({"numpy", "matplotlib", "pandas", "scipy", "PIL", "ipywidgets", "sklearn", "sympy"})

_BUS = r"i2c|readfrom|writeto|\bspi\b|onewire|\bds\.|\.scan\("
_UNANSWERED = (
    "nothing answers on the bus: look at wiring, pull-ups and address (i2c.scan() lists who answers)"
)
_MOUNTED = (
    'a computer has it mounted as a USB drive: eject CIRCUITPY there, or put "import storage; '
    "storage.remount('/', readonly=False)\" into boot.py and reset the board"
)
_REFUSED = "the board refuses: the file is open or read-only, or the directory is full or not empty"
_NO_WAY = "no way leads to this address: is Wi-Fi connected (wlan.isconnected()), is the address right?"
_MANY = "too many files or sockets are open: close() those that are done"

#: Name of the error, what the line that raised it looks like, implementation, advice. The first that fits.
CAUSES: tuple[tuple[str, str, str, str], ...] = (
    ("ENOENT", "", "", "the board has no such file: %rlist lists what there is, '%cp FILE :' copies one"),
    ("EACCES", "", "", _REFUSED),
    ("EPERM", "", "", _REFUSED),
    ("EEXIST", "", "", "the board has a file or directory of this name already"),
    ("EISDIR", "", "", "this is a directory on the board"),
    ("ENOTDIR", "", "", "a part of the path is a file on the board, and no directory"),
    ("ENOTEMPTY", "", "", "the directory is not empty: '%rm -r' removes it with all in it"),
    ("ENOSPC", "", "", "the board's disk is full: %rlist shows sizes and what is free, %rm removes files"),
    ("EROFS", "", "circuitpython", f"the drive is read-only for the board while {_MOUNTED}"),
    ("EROFS", "", "", "this file system is read-only for the board"),
    ("EIO", _BUS, "", _UNANSWERED),
    ("EIO", "", "circuitpython", f"the drive fails, perhaps because {_MOUNTED}"),
    ("EIO", "", "", f"the flash or card fails; or, with I2C, {_UNANSWERED}"),
    ("ENODEV", r"\bopen\(|\bos\.|mount", "", "nothing is mounted there"),
    ("ENODEV", "", "", _UNANSWERED),
    ("ETIMEDOUT", _BUS, "", _UNANSWERED),
    (
        "ETIMEDOUT",
        "",
        "",
        "no answer in time: is Wi-Fi connected, is the address right, does a firewall block?",
    ),
    ("EHOSTUNREACH", "", "", _NO_WAY),
    ("ENETUNREACH", "", "", _NO_WAY),
    ("ECONNREFUSED", "", "", "the computer answers, and nothing listens on this port: does the server run?"),
    ("ECONNRESET", "", "", "the other side has ended the connection: connect again"),
    ("ECONNABORTED", "", "", "the connection broke: is Wi-Fi still connected? Connect again"),
    ("ENOTCONN", "", "", "this socket is not connected, or not any more"),
    ("EADDRINUSE", "", "", "an earlier socket has this port: close() it, set SO_REUSEADDR, or %softreset"),
    ("EBADF", "", "", "this file or socket is closed already"),
    ("EMFILE", "", "", _MANY),
    ("ENFILE", "", "", _MANY),
    ("ENOMEM", "", "", "too little memory is left: del what is not needed, gc.collect(), or %softreset"),
    ("EBUSY", "", "", "something else uses it just now"),
)

_NAMES = frozenset(row[0] for row in CAUSES)

#: How the esp32 begins what it says of Wi-Fi that is switched off, or busy with connecting.
_WIFI = "Wifi Internal"

#: How ports number that a host's name was not found: rp2, esp8266 and Linux; esp32.
_UNKNOWN_HOSTS = frozenset({-2, -3, -5, -200, -202})


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of a board, and where it happened.

    Attributes:
        ename: the exception's name.
        evalue: its text.
        source: the line that raised it; empty where it is not known.
        platform: the board's ``sys.platform``.
        implementation: ``micropython`` or ``circuitpython``.
        is_marked: it happened in the first line of a file that begins with a byte order mark.
    """

    ename: str
    evalue: str
    source: str = ""
    platform: str = ""
    implementation: str = ""
    is_marked: bool = False


def advice(failure: Failure) -> str:
    """What to do about an error, as far as it tells by itself; empty where there is nothing to say."""
    if failure.is_marked or BYTE_ORDER_MARK in failure.evalue:
        return "the file begins with a byte order mark (BOM, U+FEFF): save it as UTF-8 without BOM"
    if failure.ename in SYNTAX_ERRORS:
        return _syntax(failure.source)
    if failure.ename == "NameError":
        return _without_percent(failure.source)
    if failure.ename == "OSError":
        return _system(failure)
    if failure.ename in IMPORT_ERRORS:
        return _import(failure)
    return ""


def missing_module(failure: Failure) -> tuple[str, str]:
    """Which module an import lacks.

    Returns:
        Its name, and its name as the line has it, which may name a module inside of it: ``umqtt`` and
        ``umqtt.simple``. Both empty where no module is missing.
    """
    if failure.ename not in IMPORT_ERRORS or lacks_name(failure):
        return "", ""
    imported = _imported(failure.source)
    quoted = _QUOTED.search(failure.evalue)
    if quoted is None:
        return (imported[0], imported[0]) if len(imported) == 1 else ("", "")
    name = quoted["name"]
    return name, next((each for each in imported if _is_inside(each, name)), name)


def lacks_name(failure: Failure) -> bool:
    """Whether a module is there, and a name in it is not."""
    if failure.ename not in IMPORT_ERRORS:
        return failure.ename == "AttributeError" and re.search(r"\bmodule\b", failure.evalue) is not None
    quoted = _QUOTED.search(failure.evalue)
    if quoted is None:
        return failure.evalue not in _NO_MODULE
    imported = _imported(failure.source)
    is_module = any(_is_inside(each, quoted["name"]) for each in imported)
    return "import name" in failure.evalue or bool(imported and not is_module)


def _is_inside(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


def _imported(line: str) -> list[str]:
    """The modules that a line imports."""
    found = []
    for statement in line.split(";"):
        if match := _FROM.match(statement):
            found.append(match["name"])
        elif match := _IMPORT.match(statement):
            found += [name.split()[0] for name in match["names"].split("#")[0].split(",") if name.strip()]
    return found


def found_in_project(name: str, path: str) -> str:
    """A module is missing that the device file lists."""
    return f"{printable(name)} belongs on the board, and is not there: %rsync copies {path}"


def found_here(path: str, *, is_package: bool = False) -> str:
    """A module is missing, and its file or directory is in the current directory."""
    command = f"%cp -r {path} :" if is_package else f"%cp {path} :"
    return f"{path} is on this computer, and not on the board: '{command}' copies it"


def found_in_index(package: str) -> str:
    """A module is missing that an index has."""
    return f"'%upip install {printable(package)}' installs it"


def memory(left: MemoryLeft) -> str:
    """What a board has left after a MemoryError."""
    piece = ""
    if left.largest is not None and left.largest < left.free:
        piece = f", {byte_count(left.largest)} of it in one piece"
    return (
        f"{byte_count(left.free)} are free now{piece}; del of what is not needed frees more, %softreset all"
    )


def replaced_module(module: str, *, has_list: bool) -> str:
    """A module was loaded, and its file was copied again."""
    again = f", or del sys.modules['{module}'] and import it again" if has_list else ""
    return (
        f"{module} was copied again after it was imported, and the board goes on with the old one: "
        f"%softreset{again}"
    )


def _import(failure: Failure) -> str:
    name, _ = missing_module(failure)
    top = name.partition(".")[0]
    if _CONSUMERS.search(failure.source) or top in _FOR_HOST:
        return f"{top or 'ukernel'} is for cells on this computer: begin the cell with %%host"
    if "'ucore'" in failure.evalue:
        return "a module of the board needs ucore, which cells bring along: import ucore before it"
    if failure.implementation == "circuitpython" and top.startswith("adafruit_"):
        return f"'! circup install {top}' copies it to CIRCUITPY (once before: '! pip install circup')"
    return ""


def _system(failure: Failure) -> str:
    number = _NUMBER.match(failure.evalue)
    code = int(number["number"]) if number else failure.evalue
    if code in _UNKNOWN_HOSTS:
        return "the host's name could not be found: is Wi-Fi connected, is the name right?"
    if failure.evalue.startswith(_WIFI):
        return "Wi-Fi is in a wrong state: wlan.active(False), then wlan.active(True), and connect again"
    named = _NAMED.search(failure.evalue)
    name = named[0] if named and named[0] in _NAMES else error_name(code, failure.platform)
    for cause, line, implementation, text in CAUSES:
        fits = cause == name and implementation in ("", failure.implementation)
        if fits and re.search(line, failure.source, re.IGNORECASE):
            return f"{name}: {text}"
    return ""


def _syntax(line: str) -> str:
    """What to do about a line that a board does not understand."""
    if match := _MAGIC_INSIDE.match(line):
        return f"{match['magic']} has to start in the first column, and cannot stand inside a block"
    if match := _TAKES_OUTPUT.match(line):
        return _value_hint(match["magic"])
    if match := _ASKS_FOR_HELP.match(line):
        name = match["before"] or match["behind"]
        return f"a ? asks IPython for help; a board knows help({name}) and dir({name})"
    return _without_percent(line)


def _without_percent(line: str) -> str:
    """What to do about a line that is a magic but for its %."""
    match = _SHELL_WORD.fullmatch(line.rstrip())
    if match is None or _GOES_ON.match(match["rest"]):
        return ""
    if match["word"] == "pip":
        return "'%upip install NAME' installs a package on the board"
    return f"a magic begins with %: %{match['word']}"


def _value_hint(magic: str) -> str:
    """What to do instead of giving a variable of the board what a magic shows."""
    if magic.startswith("!"):
        return (
            f"a board cannot take what {magic} shows; a cell that begins with %%host can, and %push copies it"
        )
    if magic in {"%pull", "%push"}:
        return f"{magic} gives no value; '{magic} NAME as OTHER' copies to another name"
    return f"{magic} only shows something, and gives no value to a variable of a board"
