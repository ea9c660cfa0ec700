"""Run by web_assembly.mjs as the board starts: first to set it up, then for boot.py and for main.py.

`__iot_start__` is the name of the program, or the board's uid, its directory in the port and the text of
filesystem.py.
"""


def __iot_run__(what):  # noqa: N807
    import sys

    space = globals()
    for own in ("__iot_start__", "__iot_run__"):
        space.pop(own, None)
    if isinstance(what, tuple):
        uid, directory, text = what
        sys.path.insert(0, FIRMWARE)  # noqa: F821 - put in
        import machine

        machine.power_on(uid)
        sys.modules["umachine"] = machine
        sys.modules.pop("common_machine")
        sys.path.pop(0)
        mounting = {"__name__": "filesystem"}
        exec(text, mounting)
        mounting["mount"](directory)
        return
    try:
        with open(what) as file:
            source = file.read()
    except OSError:
        return
    try:
        exec(compile(source, what, "exec"), space)
    except SystemExit:
        pass
    except BaseException as error:
        sys.print_exception(error)


__iot_run__(__iot_start__)  # noqa: F821
