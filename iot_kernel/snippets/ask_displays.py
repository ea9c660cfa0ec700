"""Says of the module of pipes that a board has whether it can show things, or could be made to."""


def __iot_x__():
    from builtins import Exception, hasattr, print

    kind = "other"
    try:
        import ucore

        if hasattr(ucore, "_names"):
            kind = "complete" if hasattr(ucore, "display") else "part"
    except Exception:  # the user's own, which may contain anything
        pass
    print("\nucore", kind)


try:
    __iot_x__()
finally:
    del __iot_x__
