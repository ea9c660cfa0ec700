"""Leaves a function behind that ends cells, and is gone after a restart; see protocol/end_mark.py.

Without arguments it prints the end mark of a cell, with a value that value first, with (0, 1) the whole mark.
It takes no memory unless there is a value to print. It goes to the board before longer programs, whose
compiling would leave it in the middle of the memory.
"""


def __iot__():
    from builtins import print

    def __iot__(v=None, w=None):  # names of parameters are not shortened
        if w:
            print(end="\x1fMARK")
        elif v is not None:
            print("\x1fHEAD", (v,), end="")
        print(end="\x1eHEAD")

    return __iot__


__iot__ = __iot__()
