"""Record dialogues with the boards as golden transcripts: `python -m tests.real_boards.record`.

A transcript is what went over the wire: a list of `["tx" | "rx", bytes in hexadecimal]`.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path

from tests.real_boards import kinds
from tests.real_boards.board import Board

TRANSCRIPTS = Path(__file__).parents[1] / "protocol" / "transcripts"
QUIET_SECONDS = 1.0  # of silence that end an answer: a soft reset of the micro:bit pauses for a third of that

ENTER = b"\r\x03\x01"
DIALOGUES = {
    "enter_exit_raw": [b"\r\x03", b"\x01", b"\x02"],
    "enter_raw_again": [ENTER, b"\x01"],
    "exec_ok": [ENTER, "print('hello')\nprint('wörld')\x04".encode()],
    "exec_runtime_error": [ENTER, b"print('before')\n1/0\x04"],
    "exec_syntax_error": [ENTER, b"a b\x04"],
    "exec_output_looks_like_protocol": [ENTER, b"print('OK>>> >')\x04", b"print(1)\x04"],
    "stdout_contains_eot_byte": [ENTER, b"print('a\\x04b')\x04", b"\x01", b"print(1)\x04"],
    "interrupt": [ENTER, b"print('on')\nwhile True: pass\x04", b"\x03"],
    "interrupt_caught": [
        ENTER,
        b"try:\n  while True: pass\nexcept KeyboardInterrupt: print('caught')\x04",
        b"\x03",
    ],
    "interrupt_while_idle": [ENTER, b"\x03", b"print(1)\x04"],
    "raw_paste_probe": [ENTER, b"\x05A\x01"],
    "soft_reset_in_raw": [ENTER, b"x = 1\x04", b"\x04", b"x\x04"],
    "soft_reset_in_friendly": [b"\r\x03", b"\x04"],
    "system_exit": [ENTER, b"import sys\nsys.exit()\x04", b"print(1)\x04"],
}
MICROBIT_DIALOGUES = {
    "hard_reset": [ENTER, b"import machine\nmachine.reset()\x04", ENTER],
}
WASM_DIALOGUES = {
    "interrupt_of_a_sleep": [ENTER, b"import time\ntime.sleep(3)\x04", b"\x03"],
    "output_between_execs": [
        ENTER,
        b"import js\njs.setTimeout(lambda: print('tick'), 300)\x04",
        b"print(1)\x04",
    ],
}


def main() -> None:
    """Record every dialogue with a freshly switched-on board."""
    with kinds.microbit() as board:
        source = "MicroPython 1.9.2 on a micro:bit (firmware 1.0.1), emulated by QEMU, UART on TCP"
        _write("microbit", source, board, DIALOGUES | MICROBIT_DIALOGUES)
    with kinds.wasm() as board:
        source = "MicroPython 1.29.0-6 for WebAssembly (pyscript variant) under node, on TCP"
        _write("wasm", source, board, DIALOGUES | WASM_DIALOGUES)


def _write(name: str, source: str, board: Board, dialogues: dict[str, list[bytes]]) -> None:
    cases = {}
    for case, sayings in dialogues.items():
        board.restart()
        with board.connect() as link:
            link.settimeout(QUIET_SECONDS)
            cases[case] = [step for saying in sayings for step in _say(link, saying)]
    path = TRANSCRIPTS / f"{name}.json"
    path.write_text(json.dumps({"source": source, "cases": cases}, indent=1) + "\n")


def _say(link: socket.socket, saying: bytes) -> list[tuple[str, str]]:
    link.sendall(saying)
    answer = b""
    while True:
        try:
            answer += link.recv(4096)
        except TimeoutError:
            return [("tx", saying.hex()), ("rx", answer.hex())]


if __name__ == "__main__":
    main()
