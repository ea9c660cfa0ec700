"""After this computer stood still: a laptop that slept, a process that was stopped. Boards go on meanwhile.

What a board said meanwhile waits to be read when all threads run again. So a time limit that is over by then
says nothing about the board before somebody has looked.
"""

#: s that any wait may end late.
USUAL_DELAY = 0.02

#: s; by then whoever reads has taken what waited, also on a busy computer.
LONGEST_LOOK = 0.5


def look_again(late: float) -> float:
    """How long to look once more for what has come, before something is done because nothing came in time.

    Args:
        late: seconds by which the time limit is over.

    Returns:
        Seconds; 0 where the wait ended when it should.
    """
    return min(late, LONGEST_LOOK) if late > USUAL_DELAY else 0.0
