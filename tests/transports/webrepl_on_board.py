"""Runs on a board: a WebREPL around MicroPython's own websocket module, without a REPL.

What the client sends after the login goes to the test, and what the test sends goes to the client.
Arguments: the port to serve, and the port of the test.
"""

import binascii
import hashlib
import select
import socket
import sys

import websocket

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455


def address(port):
    return socket.getaddrinfo("127.0.0.1", int(port))[0][-1]


def shake_hands(client):
    key = b""
    while (line := client.readline()) not in (b"", b"\r\n"):
        if line.startswith(b"Sec-WebSocket-Key:"):
            key = line.split(b":", 1)[1].strip()
    accept = binascii.b2a_base64(hashlib.sha1(key + MAGIC).digest())[:-1]
    client.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    client.write(b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")


def log_in(terminal):
    terminal.write(b"Password: ")
    while terminal.read(1) != b"\r":
        pass
    terminal.write(b"\r\nWebREPL connected\r\n>>> ")


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(address(sys.argv[1]))
listener.listen(1)
test = socket.socket()
test.connect(address(sys.argv[2]))
client, _ = listener.accept()
shake_hands(client)
terminal = websocket.websocket(client, True)  # which writes blocking, as in MicroPython's webrepl.py
log_in(terminal)
client.setblocking(False)  # so that a read gives what is there
poller = select.poll()
for each in (client, test):
    poller.register(each, select.POLLIN)
while True:
    for source, _ in poller.poll():
        data = test.recv(4096) if source is test else terminal.read(4096)
        if data == b"":
            sys.exit()
        if data is None:  # a part of a frame's header
            continue
        (terminal if source is test else test).write(data)
