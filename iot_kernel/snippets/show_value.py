"""Shows what the value of the last expression, which `leave_mark` has kept, is beside its repr."""


def __iot_x__():
    from builtins import globals, hasattr

    import ucore

    if hasattr(ucore, "show_value"):
        ucore.show_value(globals()["__iot_value__"])


try:
    __iot_x__()
finally:
    del __iot_x__, __iot_value__
