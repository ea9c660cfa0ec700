"""Says whether the board has a module of pipes, and what one of ours would have to do without."""


def __iot_ask_ucore__():
    try:
        import ucore

        print("\nucore there", getattr(ucore, "VERSION", 0))
    except ImportError:
        import sys

        kind = "bytes"
        try:
            sys.stdout.buffer  # noqa: B018
            from binascii import crc32  # noqa: F401
        except (AttributeError, ImportError):
            kind = "text"
        print("\nucore", kind if hasattr(sys, "modules") else "small", 0)


__iot_ask_ucore__()
del __iot_ask_ucore__
