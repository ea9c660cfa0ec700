"""Makes ``input`` raise EOFError at once, where code cannot read what is sent and would wait for ever."""


def __iot_input__():
    import builtins
    from builtins import EOFError

    def __iot__(prompt=""):
        raise EOFError("input() cannot ask on this board")

    builtins.input = __iot__
