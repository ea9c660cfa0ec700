"""What a notebook is offered while the arguments of a magic are typed.

`iot_kernel.magics.argument_completion` knows what there is; here it is asked on a thread, in limited time.
The sub-kernel is asked only where that is there and idle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from iot_kernel.api.worker import in_thread
from iot_kernel.boards.live_names import LiveNames
from iot_kernel.errors import IoTKernelError
from iot_kernel.kernel.completion import Completions
from iot_kernel.magics.argument_completion import Offers, Sources, complete_arguments
from iot_kernel.packages.package_names import PackageNames
from iot_kernel.subkernel.process import SubkernelProcess
from iot_kernel.syntax.magic_cursor import TypedMagic
from iot_kernel.values.wire_format import REQUEST

if TYPE_CHECKING:
    from iot_kernel.kernel.wiring import Wiring
    from iot_kernel.magics.magic import Magic

#: s that a notebook waits; a board at 115200 baud takes a fifth of that
PATIENCE = 1.0

#: s for an answer of the sub-kernel, which was idle a moment ago
HOST_PATIENCE = 0.5


class ArgumentHelp:
    """Completes arguments for one notebook. All on the event loop; the constructor touches nothing.

    Args:
        wiring: the boards and magics.
        live: what is known of the board's names.
        subkernel: knows the variables of host cells.
    """

    def __init__(self, wiring: Wiring, live: LiveNames, subkernel: SubkernelProcess) -> None:
        self._loop = asyncio.get_running_loop()
        self._subkernel = subkernel
        self._told: dict[str, Mapping[str, Any]] = {}  # by the sub-kernel, for while it is busy
        packages = PackageNames(wiring.package_names)
        self._sources = Sources(wiring.session, wiring.registry, live, packages, self._ask_host)

    async def complete(self, magic: Magic, typed: TypedMagic, cursor: int) -> Completions:
        """Tells what may be meant at the cursor; nothing where that takes too long.

        Args:
            magic: whose arguments are typed.
            typed: what of it stands before the cursor.
            cursor: where that is.
        """
        asking = in_thread(
            partial(complete_arguments, magic, typed.arguments or "", typed.behind, self._sources)
        )
        await asyncio.wait([asking], timeout=PATIENCE)
        found = asking.result() if asking.done() and asking.exception() is None else Offers()
        kinds = {offer.text: offer.kind for offer in found.offers}
        return Completions(cursor - found.length, list(kinds), kinds)

    def _ask_host(self, question: Mapping[str, Any], data: bytes) -> tuple[Mapping[str, Any], bytes]:
        """Asks the sub-kernel; while it is busy its last answer counts. Not on the event loop.

        Raises:
            IoTKernelError: it is not there, or busy from the beginning.
        """
        asking = asyncio.run_coroutine_threadsafe(
            self._subkernel.ask_when_idle(REQUEST, question, data), self._loop
        )
        answer = None
        try:
            answer = asking.result(HOST_PATIENCE)
        except TimeoutError:
            asking.cancel()
        key = str(question["question"])
        if answer is not None:
            self._told[key] = answer[0]
        if key not in self._told:
            raise IoTKernelError("host cells cannot be asked now")
        return self._told[key], b""
