"""The command line of a bridge, its log, and how signals end it."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence

from iot_kernel.bridge.bridge import Bridge
from iot_kernel.bridge.program import read_program
from iot_kernel.errors import ConnectError
from ukernel.pipes.framing import check_name
from ukernel.pipes.mqtt.address import parse_broker
from ukernel.pipes.mqtt.connecting import need_paho
from ukernel.pipes.mqtt.passwords import log_in
from ukernel.pipes.mqtt.topics import check_board

WRONG_ARGUMENTS = 2  # the exit status, as argparse has it

#: s for a program to end when it is interrupted; one that does not want to is left.
STOP_PATIENCE = 3.0

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_ABOUT = """\
Publishes the pipes of a board at an MQTT broker, until SIGTERM or Ctrl-C. A board that is reset or unplugged,
and a broker that is away, are waited for. docs/reference/bridge.md tells more.
"""


def main(words: Sequence[str]) -> int:
    """Runs a bridge.

    Args:
        words: the arguments.

    Returns:
        The exit status: 0 after a signal, 2 where the arguments make no sense.
    """
    parser = _parser()
    say = _start_log()
    try:
        bridge = _bridge(parser.parse_args(words), say)
    except (ValueError, ImportError) as error:
        parser.error(str(error))
    try:
        _listen_for_signals(bridge)
        bridge.run()
    except KeyboardInterrupt:
        say("ends")
        return 0
    except (ValueError, ConnectError) as error:
        parser.error(str(error))
    finally:
        bridge.close()


def _bridge(chosen: argparse.Namespace, say: Callable[[str], None]) -> Bridge:
    need_paho()
    address = log_in(parse_broker(chosen.mqtt))
    program = read_program(chosen.run, chosen.cell)
    for pipe in chosen.pipe:
        check_name(pipe)
    if chosen.name:
        check_board(chosen.name)
    return Bridge(chosen.device, address, program, pipes=chosen.pipe, name=chosen.name, say=say)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m iot_kernel bridge", description=_ABOUT)
    parser.add_argument("device", metavar="DEVICE", help="name, uid or url of the board")
    parser.add_argument(
        "--mqtt", required=True, metavar="URL", help="mqtt://[USER@]BROKER[:PORT][/PREFIX], or mqtts://"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--run",
        metavar="FILE",
        help="run this program whenever the board begins anew; :FILE is one of the board's",
    )
    what.add_argument("--cell", metavar="CODE", help="the same with code that stands here")
    parser.add_argument(
        "--pipe", metavar="NAME", nargs="+", action="extend", default=[], help="publish these; default: all"
    )
    parser.add_argument("--name", default="", help="of the board, for readers; default: as it is called here")
    return parser


def _start_log() -> Callable[[str], None]:
    """Lines on standard error; the journal of systemd has the time of each already."""
    format_ = "%(message)s" if "JOURNAL_STREAM" in os.environ else "%(asctime)s %(message)s"
    logging.basicConfig(format=format_, datefmt="%Y-%m-%d %H:%M:%S")
    log = logging.getLogger("iot_kernel.bridge")
    log.setLevel(logging.INFO)
    return log.info


def _listen_for_signals(bridge: Bridge) -> None:
    """Has SIGTERM end the bridge as Ctrl-C does; once, as the end takes a moment."""

    def end(number: int, frame: object) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        patience = threading.Timer(STOP_PATIENCE, bridge.let_go)
        patience.daemon = True
        patience.start()
        raise KeyboardInterrupt

    for each in _SIGNALS:
        signal.signal(each, end)
