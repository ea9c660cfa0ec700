"""Makes ``input`` on the board ask the notebook; see device/input_request.py.

Its own name is the one by which frames of ours are left out of tracebacks. Where there is no ``sys.stdin``,
as on the micro:bit, the builtin ``input`` reads: it echoes what it gets, ends a line at CR, and drops what is
not ASCII. Where the firmware lets nobody replace a builtin, ``input`` becomes a variable, which modules do
not see.
"""


def __iot_input__():
    import builtins
    import sys
    from builtins import EOFError, Exception, exec, globals, hasattr

    own = {"old": builtins.input}  # the builtin ones, also where the board has put others in their place
    exec("p=print", own)  # noqa: S102

    def __iot__(prompt=""):
        own["p"]("\x1cHEAD%s\x1c" % (prompt,), end="")
        if not hasattr(sys, "stdin"):
            return own["old"]().strip("\x01\r\n")
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.strip("\x01\r\n")

    try:
        builtins.input = __iot__
    except Exception:
        globals()["input"] = __iot__
