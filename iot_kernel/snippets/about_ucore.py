"""Says of the module of pipes that a board has whether it can open some, its version, its file.

That of µcore firmware, which has pipes of its own, has the version ``firmware``.
"""


def __iot_x__():
    from builtins import ImportError, getattr, hasattr, print

    import ucore

    version = getattr(ucore, "VERSION", 0)
    try:
        import _ucore  # noqa: F401

        version = "firmware"
    except ImportError:
        pass
    print("\nucore", hasattr(ucore, "open_pipe"), version, getattr(ucore, "__file__", ""))


try:
    __iot_x__()
finally:
    del __iot_x__
