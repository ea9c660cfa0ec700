"""IPython's shell as far as its variables go, with IPython's own database."""

from IPython.external.pickleshare import PickleShareDB


class FakeShell:
    """Holds variables.

    Args:
        directory: of the database.
    """

    def __init__(self, directory):
        self.user_ns = {}
        self.user_ns_hidden = {}
        self.db = PickleShareDB(directory)

    def push(self, variables):
        self.user_ns.update(variables)
