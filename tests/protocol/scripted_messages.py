"""What a board with µcore firmware says, message by message, with the faults that its firmware has."""

from iot_kernel.protocol import cobs
from iot_kernel.protocol.exception_guard import OUTPUT_PIPE, preparation
from iot_kernel.protocol.jmp_messages import Busy, Header, JmpMessage, MessageKind, decode, encode
from iot_kernel.protocol.message_repl import MessageRepl
from iot_kernel.protocol.message_requests import SPOILED
from iot_kernel.syntax.code_pieces import code_pieces

K = MessageKind
INFO = {
    "status": 0,
    "protocol_version": b"\5\3\0",
    "implementation": "micropython",
    "implementation_version": b"\1\0\0",
    "language": "MicroPython",
    "language_version": b"\1\x1c\0",
    "mimetype": "text/x-python",
    "file_extension": ".py",
    "banner": "",
    "debugger": 0,
}


def wire(message):
    return cobs.encode(encode(message)) + cobs.END


class ScriptedBoard:
    """A board's end: takes what the host sends, and says what a test wants."""

    def __init__(self):
        self.repl = MessageRepl("ab", code_pieces)
        self._answers = 0

    def asked(self):
        """The messages that the host has sent since the last call."""
        *blocks, rest = self.repl.data_to_send().split(cobs.END)
        assert not rest
        return [decode(cobs.decode(block)) for block in blocks if block + cobs.END != SPOILED]

    def says(self, request, kind, **content):
        """The bytes of an answer to a request; None for what belongs to none."""
        self._answers += 1
        parent = None if request is None else request.header
        route = bytes(36) if request is None else request.route
        return wire(JmpMessage(Header(kind, f"{self._answers:036}"), content, parent, route))

    def status(self, request, state):
        return self.says(request, K.STATUS, state=state)

    def tell(self, *answers):
        """Hands answers to the host; gives the events."""
        self.repl.receive_data(b"".join(answers))
        return self.repl.events_received()

    def enter(self):
        """Brings the host to where the board waits for code."""
        self.repl.enter()
        (request,) = self.asked()
        assert request.header.kind == K.KERNEL_INFO_REQUEST
        events = self.tell(
            self.status(request, Busy.BUSY),
            self.says(request, K.KERNEL_INFO_REPLY, **INFO),
            self.status(request, Busy.IDLE),
        )
        (request,) = self.asked()
        assert (request.header.kind, request.content["code"]) == (K.EXECUTE_REQUEST, "")
        events += self.tell(self.ended(request))
        (request,) = self.asked()
        assert (request.header.kind, request.content["code"]) == (K.EXECUTE_REQUEST, preparation("ab"))
        return events + self.tell(self.ended(request))

    def execute(self, code, **options):
        """Has the host send code; gives the request."""
        self.repl.execute(code.encode(), **options)
        (request,) = self.asked()
        return request

    def printed(self, request, text):
        return self.says(request, K.STREAM, name=0, text=text)

    def piped(self, text):
        """What the board's ``print`` sends."""
        return self.says(None, K.COMM_MSG, comm_id=OUTPUT_PIPE, data=text.encode())

    def ended(self, request):
        return self.says(request, K.EXECUTE_REPLY, status=0, execution_count=1)

    def failed(self, request, traceback="Traceback", ename="E", evalue="v"):
        error = {"status": 1, "ename": ename, "evalue": evalue, "traceback": traceback, "execution_count": 1}
        return self.says(request, K.EXECUTE_REPLY, **error) + self.says(request, K.ERROR, **error)
