"""Run by web_assembly.mjs when the board starts: with its own name first, then for boot.py and main.py.

`__iot_start__` is the name; `__iot_filesystem__` the text of filesystem.py.
"""


def __iot_run__(name, text):  # noqa: N807
    import sys

    space = globals()
    for own in ("__iot_start__", "__iot_filesystem__", "__iot_run__"):
        space.pop(own, None)
    if text:
        mounting = {"__name__": "filesystem"}
        exec(text, mounting)
        mounting["mount"](name)
        return
    try:
        with open(name) as file:
            source = file.read()
    except OSError:
        return
    try:
        exec(compile(source, name, "exec"), space)
    except SystemExit:
        pass
    except BaseException as error:
        sys.print_exception(error)


__iot_run__(__iot_start__, __iot_filesystem__)  # noqa: F821
