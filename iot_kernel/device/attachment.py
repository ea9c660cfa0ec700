"""How one board is held while it is connected: a link to it, and the claims that keep other kernels away."""

from __future__ import annotations

import threading
from collections.abc import Callable

from iot_kernel.device.board_lock import Claim, claim
from iot_kernel.device.diagnosis import no_prompt
from iot_kernel.errors import ConnectionLostError, DeviceTimeoutError
from iot_kernel.repl.code_sender import CodeSender
from iot_kernel.repl.connection import Connection
from iot_kernel.repl.link_state import FrameSink
from iot_kernel.repl.turn_state import Sink
from iot_kernel.transports import create_transport


class Attachment:
    """One link to a board, from claiming its address to letting it go. The constructor touches nothing.

    Args:
        url: where the board is.
        password: for WebREPL.
        on_stray: takes bytes printed while no code runs; called on the reader thread.
        on_lost: the link broke while no code ran; called on the reader thread.
        on_frame: takes frames of pipes, and damaged ones; called on the reader thread, must not block.

    Raises:
        ConnectError: the url cannot be used.
    """

    def __init__(
        self,
        url: str,
        password: str | None,
        *,
        on_stray: Sink,
        on_lost: Callable[[ConnectionLostError], None],
        on_frame: FrameSink,
    ) -> None:
        self._url = url
        self._transport = create_transport(url, password=password)
        self.connection = Connection(self._transport, on_stray=on_stray, on_lost=on_lost, on_frame=on_frame)
        #: sends code, once the board waits for it
        self.sender = CodeSender(self.connection)
        self._releasing = threading.Lock()
        self._claims: list[Claim] = []
        #: it was let go, or is being so
        self.is_closed = False

    def open(self, timeout: float) -> None:
        """Claims the address and connects; what the board is doing is not known yet: `enter` comes next.

        Args:
            timeout: seconds for the transport.

        Raises:
            ConnectError: somebody drives the board at this address already, or from the transport.
        """
        self._claims.append(claim(self._url, url=self._url))
        self.connection.open(timeout)

    def close(self) -> None:
        """Lets the board go; afterwards nothing is claimed. Twice is fine, from any thread is fine."""
        self.is_closed = True
        self.connection.close()
        with self._releasing:
            while self._claims:
                self._claims.pop().release()

    def enter(self, *, interrupt: bool, timeout: float, known: bool) -> None:
        """Brings the board to its prompt, without resetting it.

        Args:
            interrupt: send Ctrl-C to a board that is busy.
            timeout: seconds.
            known: whether a board has answered here before.

        Raises:
            ConnectError: no prompt answers; what does instead, and what to do.
            ConnectionLostError: the link broke.
        """
        try:
            self.connection.enter(interrupt=interrupt, timeout=timeout)
        except DeviceTimeoutError as error:
            raise no_prompt(self._url, error.received, interrupted=interrupt, known=known) from None

    def claim_chip(self, uid: str) -> None:
        """Claims the board itself, which may have other addresses.

        Raises:
            ConnectError: somebody drives it at another address.
        """
        self._claims.append(claim(f"uid:{uid}", url=self._url, uid=uid))

    def adapt(self, platform: str) -> None:
        """Takes into account what the board is.

        Args:
            platform: its ``sys.platform``.
        """
        self.sender.adapt(platform, self._transport.burst)

    @property
    def serial_number(self) -> str | None:
        """The USB serial number, where there is one."""
        return self._transport.serial_number

    @property
    def is_paced(self) -> bool:
        """Whether a program that waits for input gets all that is sent, however much that is."""
        return self._transport.paced

    @property
    def is_volatile(self) -> bool:
        """Whether the board is switched off when it is let go."""
        return self._transport.volatile
