"""A board between the files and a real board, which does harm at the step one asks for."""


class FaultyBoard:
    """Runs code on another board; counts the steps, and changes what goes there and what comes back.

    Args:
        board: a real one, open.

    Attributes:
        steps: how many executions there were.
        to_board: takes the number of a step and its code; gives the code that runs.
        to_host: takes what the board prints; gives what arrives.
    """

    def __init__(self, board):
        self._board = board
        self.steps = 0
        self.to_board = lambda step, code: code
        self.to_host = lambda text: text

    platform = property(lambda self: self._board.platform)
    burst = property(lambda self: self._board.burst)
    is_paced = property(lambda self: self._board.is_paced)
    on_stray = property(lambda self: self._board.on_stray)

    def interrupt(self):
        self._board.interrupt()

    def exec(self, code, *, on_output=None, timeout=None, transfer=None):
        self.steps += 1
        code = self.to_board(self.steps, code)

        def pass_on(text):
            on_output(self.to_host(text))

        return self._board.exec(
            code, on_output=pass_on if on_output else None, timeout=timeout, transfer=transfer
        )


class Once:
    """Does something at one step, and nothing at others."""

    def __init__(self, step, action):
        self._step = step
        self._action = action

    def __call__(self, step, code):
        if step == self._step:
            changed = self._action(code)
            return code if changed is None else changed
        return code
