"""Does what `leave_mark` does in less memory, for boards without threads, which print nothing in between.

Of results it keeps the last, where that is a number.
"""


def __iot__():
    import builtins
    from builtins import exec

    names = {}
    exec("p=print;t=int,bool,float", names)  # noqa: S102  the builtin one, also where the board has put another in its place
    show = names["p"]
    numbers = names["t"]

    def __iot__(v=None, w=0):  # names of parameters are not shortened
        if w > 0:
            show(end="\x1fMARK")
        elif v is not None:
            show("\x1fHEAD", (v,), end="")
            if w:
                builtins._ = v if builtins.type(v) in numbers else None
        show(end="\x1eHEAD")

    return __iot__


__iot__ = __iot__()
