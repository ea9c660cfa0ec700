"""Says of the module of pipes that a board has whether it can open some, its version, its file."""


def __iot_x__():
    from builtins import getattr, hasattr, print

    import ucore

    print(
        "\nucore", hasattr(ucore, "open_pipe"), getattr(ucore, "VERSION", 0), getattr(ucore, "__file__", "")
    )


try:
    __iot_x__()
finally:
    del __iot_x__
