"""Makes a program of a notebook's cells, and has a board start it: old or new, never a mixture.

What the cells become, which imports they need, the plan and the layout on the board are pure modules; one
module talks to the board, one runs the rehearsal, and `deploy` puts them together for magics and scripts.
Never: a program that is replaced in place, or printing.
"""
