"""Says what this interpreter lacks to be a virtual board.

Runs on any Python, however old or small, so it uses nothing before it has looked whether it is there.
"""

import sys

lacking = []


def check(what, code):
    try:
        exec(code)
    except Exception:  # whatever it is, the feature is not usable
        lacking.append(what)


check("threads", "import _thread")
check("select.poll", "import select; select.poll")
check("a mountable file system", "try:\n import vfs\nexcept ImportError:\n import os as vfs\nvfs.VfsPosix")
check("compile", "compile('1', '', 'exec')")
check("io.IOBase", "import io; io.IOBase, io.StringIO")
check("sys.stdin.buffer", "sys.stdin.buffer, sys.stdout.buffer")
check("micropython", "import micropython")
check("ffi", "import ffi, uctypes")
check("machine", "import umachine")
check("sockets", "import socket")

if sys.implementation.name == "micropython":
    version = ".".join(str(part) for part in sys.implementation[1][:3])
    print("MicroPython %s lacks %s" % (version, ", ".join(lacking)))
