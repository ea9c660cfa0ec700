"""The raw and the friendly REPL, byte for byte as on a microcontroller.

Both loops return when the user switches to the other one and raise `execute.SoftReset` for a soft reset.
"""

import sys

import execute
import line_editor
import paste
import registers
import terminal

CTRL_A = 1
CTRL_B = 2
CTRL_C = 3
CTRL_D = 4
CTRL_E = 5

_END = b"\x04"
_RAW_PROMPT = b">"


def loop():
    """Serves whichever REPL is chosen, until a reset."""
    while True:
        if registers.get(registers.REPL_MODE) == registers.RAW:
            raw()
            registers.put(registers.REPL_MODE, registers.FRIENDLY)
        else:
            friendly()
            registers.put(registers.REPL_MODE, registers.RAW)


def raw():
    """Serves programs: source up to Ctrl-D, then its output and traceback between marks."""
    terminal.write(b"raw REPL; CTRL-B to exit\r\n>")
    source = bytearray()
    while True:
        byte = terminal.read_byte()
        if byte > CTRL_D or not byte:
            source.append(byte)
            continue
        if byte == CTRL_A:
            _ctrl_a(source)
        elif byte == CTRL_B:
            terminal.write(b"\r\n")
            return
        elif byte == CTRL_D:
            _execute_raw(source)
        source = bytearray()


def _ctrl_a(line):
    if len(line) != 2 or line[0] != CTRL_E:
        terminal.write(b"raw REPL; CTRL-B to exit\r\n>")
    elif line[1] == ord("A"):
        execute.run(paste.run, _END, _RAW_PROMPT)
    else:
        terminal.write(b"R\x00>")


def _execute_raw(source):
    if not source:
        terminal.write(b"OK\r\n")
        raise execute.SoftReset
    execute.run(execute.program(lambda: _accepted(source), "exec"), _END, _RAW_PROMPT)


def _accepted(source):
    terminal.write_and_interrupt_on(b"OK")
    return source


def friendly():
    """Serves people: a prompt, line editing, continuation lines, paste mode."""
    _greet()
    while True:
        line, key = line_editor.read(_prompt("ps1", ">>> "))
        if key == CTRL_A:
            terminal.write(b"\r\n")
            return
        if key == CTRL_B:
            terminal.write(b"\r\n")
            _greet()
        elif key == CTRL_C:
            terminal.write(b"\r\n")
        elif key == CTRL_D:
            terminal.write(b"\r\n")
            raise execute.SoftReset
        elif key == CTRL_E:
            _paste()
        elif line:
            _statement(line)


def _greet():
    name = sys.version.split("; ", 1)[-1]
    greeting = '%s; %s\r\nType "help()" for more information.\r\n'
    terminal.write((greeting % (name, sys.implementation._machine)).encode())


def _prompt(name, default):
    prompt = getattr(sys, name, default)
    return prompt if isinstance(prompt, str) else ""


def _statement(line):
    while line_editor.wants_more(line):
        more, key = line_editor.read(_prompt("ps2", "... "))
        if key == CTRL_C:
            terminal.write(b"\r\n")
            return
        line += "\n" + more
        if key == CTRL_D:
            break
    execute.run(execute.program(line.encode, "single"))


def _paste():
    terminal.write(b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ")
    source = bytearray()
    while True:
        byte = terminal.read_byte()
        if byte in (CTRL_C, CTRL_D):
            terminal.write(b"\r\n")
            break
        source.append(byte)
        terminal.write(b"\r\n=== " if byte == 13 else bytes((byte,)))
    if byte == CTRL_D:
        execute.run(execute.program(lambda: source, "exec"))
