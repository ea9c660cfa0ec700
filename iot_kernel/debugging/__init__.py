"""Debugging on firmware that has nothing for it: what host and board say, and what is made of it.

Code gets its checkpoints in `instrumentation`; frontends with a debugger are answered in `frontend`, and
users at the debugger's prompt in `prompt`. What these share is beside them.

Never: a board, a thread or a clock.
"""
