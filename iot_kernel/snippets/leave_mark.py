"""Leaves a function behind that ends cells, and is gone after a restart; see protocol/end_mark.py.

Without arguments it prints the end mark of a cell, with a value that value first, with (0, 1) the whole mark.
It takes no memory unless there is a value to print. It goes to the board before longer programs, whose
compiling would leave it in the middle of the memory. A value goes out in one piece where there is memory for
it, so that what threads print lands before or after it. With a negative number it hands a value on to what
`keep_result` has left.
"""


def __iot__():
    from builtins import exec

    own = {}  # the builtin ones, also where the board has put others in their place
    exec("p=print;m=MemoryError", own)  # noqa: S102

    def __iot__(v=None, w=0):  # names of parameters are not shortened
        if w > 0:
            own["p"](end="\x1fMARK")
        elif v is not None:
            v = (v,)
            text = ""
            try:
                text = "\x1fHEAD (%r,)" % v
            except own["m"]:
                pass
            if text:
                own["p"](text, end="")
            else:
                own["p"]("\x1fHEAD", v, end="")
            if w:
                __iot_keep__(v[0], text, -w)
        own["p"](end="\x1eHEAD")

    return __iot__


__iot__ = __iot__()
