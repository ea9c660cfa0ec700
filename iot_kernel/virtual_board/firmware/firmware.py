"""What the virtual board does from power-on to reset: set up, boot.py, main.py, REPL.

The interpreter lives for one boot. A reset writes its kind into the registers and ends the process; the host
starts the next one on the same link, directory and registers.
"""

import gc
import os
import sys
import time

import __main__
import builtin_changes
import execute
import filesystem
import interrupts
import machine
import paste
import registers
import repl
import terminal

_MODULES = (
    "board_clock",
    "builtin_changes",
    "common_machine",
    "execute",
    "filesystem",
    "firmware",
    "interrupts",
    "line_editor",
    "paste",
    "registers",
    "repl",
    "rom",
    "terminal",
    "thread_state",
)


def run():
    """Runs the board until it is reset or hung up."""
    _, descriptor, mark, record, sigint, interrupt, nudge, hangup, directory, uid, window, delay = sys.argv
    terminal.use_records(bytes.fromhex(mark), int(record))
    registers.attach(int(descriptor))
    installed = interrupts.install(int(interrupt), int(nudge))
    registers.put(registers.INTERRUPT_SIGNAL, int(interrupt if installed else sigint))
    if hangup != "-":
        _controlling_terminal(hangup)
    machine.power_on(uid)
    paste.window = int(window)
    builtin_changes.install()
    sys.modules["umachine"] = machine  # the port's own would come by this name
    filesystem.mount(directory)
    _forget_firmware()
    gc.collect()
    gc.threshold(-1)
    time.sleep_ms(int(delay))
    _run_until_reset()


_hangup = None


def _controlling_terminal(path):
    """Opens the terminal whose hang-up kills this process, which leads a session, even in an endless loop."""
    global _hangup
    _hangup = open(path, "rb")  # held as long as the board is powered


def _forget_firmware():
    """Leaves the user an empty namespace, and module names that are free for files of the board."""
    for name in _MODULES:
        sys.modules.pop(name, None)
    names = __main__.__dict__
    for name in list(names):
        if name != "__name__":
            del names[name]
    sys.path[:] = ["", ".frozen", "/lib"]
    sys.argv[:] = [""]


def _run_until_reset():
    step = _boot
    while True:
        try:
            step()
            step = repl.loop
        except execute.SoftReset:
            _end()
        except terminal.HungUp:
            sys.exit(0)
        except KeyboardInterrupt:  # not meant for code of the user: the prompt stays
            step = repl.loop


def _boot():
    _run_file("boot.py")
    if registers.get(registers.REPL_MODE) == registers.FRIENDLY:
        _run_file("main.py")


def _run_file(name):
    try:
        os.stat(name)
    except OSError:
        return
    execute.run(execute.program(lambda: _source(name), "exec", name))


def _source(name):
    with open(name, "rb") as file:
        return file.read()


def _end():
    terminal.write(b"MPY: soft reboot\r\n")
    registers.put(registers.RESET_KIND, registers.SOFT_RESET)
    sys.exit(0)
