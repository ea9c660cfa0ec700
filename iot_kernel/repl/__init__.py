"""The raw REPL over a wire: the turns, the threads, the clock and the time limits of the link to one board.

Never: what the code that runs there is for, or who the board is.
"""
