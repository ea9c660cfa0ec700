"""Runs on a board with sockets and makes it a far end: passes bytes between its terminal and the test."""

import select
import socket
import sys

import micropython

micropython.kbd_intr(-1)
control = socket.socket()
control.connect(socket.getaddrinfo("127.0.0.1", PORT)[0][-1])  # noqa: F821 - the host puts a number there
terminal, screen, byte = sys.stdin.buffer, sys.stdout.buffer, bytearray(1)
poller = select.poll()
poller.register(sys.stdin, select.POLLIN)
poller.register(control, select.POLLIN)
screen.write(b"READY")
while True:
    for source, _ in poller.poll():
        if source is control:
            data = control.recv(4096)
            screen.write(data)
        elif terminal.readinto(byte):
            typed = bytearray(byte)
            waiting = select.poll()
            waiting.register(sys.stdin, select.POLLIN)
            while len(typed) < 4096 and waiting.poll(0) and terminal.readinto(byte):
                typed.extend(byte)
            control.send(typed)
