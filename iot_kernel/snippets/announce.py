"""Has the board announce its open pipes once more, if it has any.

A board without a table of its modules has the module among its variables.
"""


def __iot_x__():
    import sys
    from builtins import getattr, globals

    module = getattr(sys, "modules", globals()).get("ucore")
    if module:
        module.announce()


try:
    __iot_x__()
finally:
    del __iot_x__
