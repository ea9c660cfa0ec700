"""One board: the connection to it, who it is, and what can be asked of it.

Never: printing, configuration, or what a notebook is told.
"""
