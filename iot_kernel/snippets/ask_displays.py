"""Says of the module of pipes that a board has whether it can show things, or could be made to.

Ours in a board's memory has ``_names``, the small one ``_count``.
"""


def __iot_x__():
    from builtins import Exception, hasattr, print

    kind = "other"
    try:
        import ucore

        if hasattr(ucore, "_names") or (hasattr(ucore, "_count") and ucore.VERSION > 1):
            kind = "complete" if hasattr(ucore, "display") else "part"
    except Exception:  # the user's own, which may contain anything
        pass
    print("\nucore", kind)


try:
    __iot_x__()
finally:
    del __iot_x__
