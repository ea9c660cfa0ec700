"""Tells from which files modules were loaded; what a user has put among the modules is not asked."""


def __iot_loaded__():
    import sys
    from builtins import getattr, list, print, repr, str, type

    files = [
        getattr(each, "__file__", None) for each in list(sys.modules.values()) if type(each) is type(sys)
    ]
    files = [file for file in files if type(file) is str]
    print("\x1eMARK%s\x1f" % repr(files), end="")
