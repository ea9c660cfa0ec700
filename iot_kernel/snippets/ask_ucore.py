"""Says whether the board has a module of pipes, and what one of ours would have to do without."""


def __iot_x__():
    from builtins import AttributeError, ImportError, hasattr, print

    try:
        import ucore  # noqa: F401

        kind = "there"
    except ImportError:
        import sys

        kind = "bytes"
        try:
            sys.stdout.buffer  # noqa: B018
            from binascii import crc32  # noqa: F401
        except (AttributeError, ImportError):
            kind = "text"
        kind = kind if hasattr(sys, "modules") else "small"
    print("\nucore", kind)


__iot_x__()
del __iot_x__
