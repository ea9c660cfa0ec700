"""Says the current directory."""


def __iot_current__(say):
    import os
    from builtins import bytes, hasattr

    say(bytes(os.getcwd() if hasattr(os, "getcwd") else "/", "utf-8"))
