"""Calls functions, given by name with their arguments, one after the other."""


def __iot_steps__(say, *steps):
    from builtins import globals

    functions = globals()
    for step in steps:
        functions["__iot_%s__" % step[0]](say, *step[1:])
