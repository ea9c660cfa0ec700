"""Says which files a board would import in place of modules of its firmware with one of these names.

Where the firmware's modules have a second name, it is asked for that: a module that it has not hides nothing.
"""


def __iot_shadowing__(say, names, prefix):
    import os
    import sys
    from builtins import ImportError, OSError, __import__, bytes, getattr, isinstance, len, str

    def is_there(name):
        try:
            return not prefix or __import__(prefix + name)
        except ImportError:
            return False

    for where in getattr(sys, "path", ()):
        try:
            for entry in getattr(os, "ilistdir", os.listdir)(where or os.getcwd()):
                file = entry if isinstance(entry, str) else entry[0]
                end = file.rfind(".")
                if end < 0:
                    is_module = not isinstance(entry, str) and entry[1] == 0x4000
                    end = len(file)
                else:
                    is_module = file[end:] in (".py", ".mpy")
                if is_module and file[:end] in names and is_there(file[:end]):
                    say(bytes((where or os.getcwd()).rstrip("/") + "/" + file, "utf-8"))
        except OSError:
            pass
