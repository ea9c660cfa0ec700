"""The link to a broker: what it says where the connection breaks while its owner sends."""

import socket
import struct
import threading

from ukernel.pipes.mqtt.address import parse_broker
from ukernel.pipes.mqtt.link import BrokerLink, LinkOwner

DEADLINE = 30.0  # s
ACCEPTED = b"\x20\x03\x00\x00\x00"


class Broker:
    """Lets one client in, and cuts the connection."""

    def __init__(self):
        self.has_cut = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtt://127.0.0.1:{self._listener.getsockname()[1]}/test"
        self._listener.settimeout(DEADLINE)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        client, _ = self._listener.accept()
        client.recv(4096)
        client.sendall(ACCEPTED)
        client.recv(4096)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        self.has_cut.set()

    def close(self):
        self._thread.join()
        self._listener.close()


class Owner(LinkOwner):
    """Sends once more when the connection has been cut."""

    def __init__(self, broker):
        self.broker = broker
        self.problem = None
        self.told = threading.Event()

    def connected(self, *, is_known):
        self.link.publish("topic", b"one")

    def confirmed(self, number, problem):
        pass

    def lost(self, error):
        self.problem = self.problem or str(error)
        self.told.set()

    def work(self):
        if self.link.is_connected:
            self.broker.has_cut.wait(DEADLINE)
            self.link.publish("topic", b"two")
        return 1.0


def test_a_connection_that_breaks_while_something_is_sent():
    broker = Broker()
    owner = Owner(broker)
    owner.link = BrokerLink(parse_broker(broker.url), "client", owner, "link of a test")
    owner.link.start()
    try:
        assert owner.told.wait(DEADLINE)
    finally:
        owner.link.close()
        broker.close()
    assert owner.problem.endswith(": the connection was lost")
