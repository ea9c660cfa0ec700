"""Does what `leave_mark` does in less memory, for boards without threads, which print nothing in between."""


def __iot__():
    from builtins import exec

    names = {}
    exec("p=print", names)  # noqa: S102  the builtin one, also where the board has put another in its place
    show = names["p"]

    def __iot__(v=None, w=None):  # names of parameters are not shortened
        if w:
            show(end="\x1fMARK")
        elif v is not None:
            show("\x1fHEAD", (v,), end="")
        show(end="\x1eHEAD")

    return __iot__


__iot__ = __iot__()
