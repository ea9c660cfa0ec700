"""Leaves a function behind that ends cells, and is gone after a restart; see protocol/end_mark.py.

Without arguments it prints the end mark of a cell, with a value that value first, with (0, 1) the whole mark.
A value whose class has more to show than its repr, it tells by one mark more, and keeps. No other code of the
user's runs for that.

It takes no memory unless there is a value to print. It goes to the board before longer programs, whose
compiling would leave it in the middle of the memory. A value goes out in one piece where there is memory for
it, so that what threads print lands before or after it. With a negative number it hands a value on to what
`keep_result` has left.
"""


def __iot__():
    from builtins import exec, globals

    own = {"g": globals()}  # the builtin ones, also where the board has put others in their place
    exec("p=print;m=MemoryError;h=hasattr;t=type", own)  # noqa: S102

    def __iot__(v=None, w=0):  # names of parameters are not shortened
        if w > 0:
            own["p"](end="\x1fMARK")
        elif v is not None:
            more = ""
            for name in (
                "_repr_mimebundle_",
                "_repr_html_",
                "_repr_markdown_",
                "_repr_svg_",
                "_repr_png_",
                "_repr_jpeg_",
                "_repr_json_",
                "_repr_latex_",
                "blit",
            ):
                if own["h"](own["t"](v), name):
                    more = "\x1dHEAD"
            v = (v,)
            text = ""
            try:
                text = "\x1fHEAD (%r,)" % v
            except own["m"]:
                pass
            if text:
                own["p"](text, end=more)
            else:
                own["p"]("\x1fHEAD", v, end=more)
            if more:
                own["g"]["__iot_value__"] = v[0]
            if w:
                __iot_keep__(v[0], text, -w)
        own["p"](end="\x1eHEAD")

    return __iot__


__iot__ = __iot__()
