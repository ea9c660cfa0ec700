"""Live charts of pipes in notebooks and windows.

Never: Matplotlib or NumPy loaded before the first chart, or a chart drawn on the thread that reads its pipe.
"""
