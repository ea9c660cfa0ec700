"""The bytes and patterns by which the raw REPL is told from what programs print. Constants only, no state.

Only the banner's text is the same in every firmware and language; its line ends are not. CircuitPython
translates everything else, so tracebacks are known by their shape.
"""

from __future__ import annotations

import re

CTRL_A = b"\x01"  # enter the raw REPL, or print its banner again
CTRL_B = b"\x02"  # leave it (CircuitPython then restarts its interpreter)
CTRL_C = b"\x03"  # interrupt
CTRL_D = b"\x04"  # end of code; on an empty line: soft reset
PASTE = b"\x05A\x01"  # ask for raw-paste mode
AGENT_END = (
    b"\x18"  # ends a program that reads its input for a host that was killed: mpremote's, mpytool's, ours
)

#: bytes; no program of ours waits for more of its input at a time.
LONGEST_INPUT = 4096 + 4

BANNER_TEXT = b"raw REPL; CTRL-B to exit"

#: Bytes; more than any traceback (a thousand frames), and less than it would hurt to hold back.
LONGEST_TRACEBACK = 65536

#: bytes; the first line of a traceback is shorter, in any language.
LONGEST_LINE = 400

#: A partial answer to the raw-paste request, or a partial banner, is at most this long.
LONGEST_ANSWER = 32

#: No greeting's first words are longer.
LONGEST_GREETING = 64

BANNER_PATTERN = re.escape(BANNER_TEXT) + rb"[\r\n]+>"
_BANNER = rb"(?P<banner>" + BANNER_PATTERN + rb")"

BANNER = re.compile(_BANNER)
BANNER_BEGINNING = re.compile(
    rb"(?:"
    + b"|".join(re.escape(BANNER_TEXT[:n]) for n in range(len(BANNER_TEXT), 0, -1))
    + rb")\Z|"
    + re.escape(BANNER_TEXT)
    + rb"[\r\n]*\Z"
)
PASTE_ANSWER = re.compile(rb"R\x01(?P<window>..)|(?P<refused>R\x00)|" + _BANNER, re.DOTALL)
FLOW_CONTROL = re.compile(rb"(?P<more>\x01)|\x04|" + _BANNER)
ACKNOWLEDGEMENT = b"OK"
ACCEPTED = re.compile(ACKNOWLEDGEMENT + rb"|" + _BANNER)
END = re.compile(rb"\x04|" + _BANNER)
PROMPT = re.compile(_BANNER + rb"|(?P<stray>\x04)|>")

#: The end of an execution before banners. All but the banners may be missing.
LOST_END = re.compile(rb"(?:\x04(?P<traceback>[^\x04]*?))?(?:\x04>?)?\s*(?:" + BANNER_PATTERN + rb"\s*)*\Z")

BANNERS_AT_END = re.compile(rb"(?:" + BANNER_PATTERN + rb"\s*)+\Z")

#: A board that starts says one of these: MicroPython; CircuitPython at its prompt, or in the window's title,
#: which it leaves alone while code of ours runs; the boot ROM of an ESP chip.
GREETING = re.compile(
    rb"MicroPython v?\d[^\r\n]* on |soft reboot\r?\n"
    rb"|Adafruit CircuitPython \d|\x1b\]0;\xf0\x9f\x90\x8d"
    rb"|ESP-ROM:|rst:0x"
)

# A traceback has frames: indented, a file name in quotes, a line number; CircuitPython translates the words.
# Without frames it is one line with an exception of the interpreter's own.
TRACEBACK = re.compile(
    rb'(?:^|\n) +[^"\n]*"[^"\n]*"[^\d\n]*\d|^\s*[A-Za-z]+(?:Error|Exit|Interrupt)(?:: [^\r\n]*|:?)\s*$'
)

_FRAME = re.compile(rb' +[^"\n]*"')


def may_be_traceback(data: bytes) -> bool:
    """Whether what follows 0x04 may be the beginning of a traceback: its second line is a frame, or none."""
    lines = data.split(b"\n", 2)
    if len(lines) == 1 or not lines[1].strip():
        return len(data) <= LONGEST_LINE
    return _FRAME.match(lines[1]) is not None if len(lines) == 3 else lines[1].startswith(b" ")
