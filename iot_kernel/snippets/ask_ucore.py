"""Says whether the board has a module of pipes, and what one of ours would have to do without."""


def __iot_ask_ucore__():
    try:
        import ucore

        kind = "there" if hasattr(ucore, "open_pipe") else "foreign"
        print("\nucore", kind, getattr(ucore, "VERSION", 0), getattr(ucore, "__file__", ""))
    except ImportError:
        import sys

        kind = "bytes"
        try:
            sys.stdout.buffer  # noqa: B018
            from binascii import crc32  # noqa: F401
        except (AttributeError, ImportError):
            kind = "text"
        print("\nucore", kind if hasattr(sys, "modules") else "small", 0)
    except Exception as error:
        print("\nucore broken", 0, repr(error))


__iot_ask_ucore__()
del __iot_ask_ucore__
