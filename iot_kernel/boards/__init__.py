"""Which boards are known, which of them are there now, and which one a notebook uses.

Never: code of the user, or how a board is reached.
"""
