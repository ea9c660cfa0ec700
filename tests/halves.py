"""Things done in one of two halves, as `iot_kernel.repl.halves` has them."""


def in_first(do):
    """Does all of it where it begins."""

    def halves(argument):
        value = do(argument)
        yield
        return value

    return halves


def in_second(do):
    """Does all of it where its end is waited for."""

    def halves(argument):
        yield
        return do(argument)

    return halves
