"""The debugger's prompt in cells, with the commands of Python's pdb: lines in, text and steps out.

Never: a question to the user; who asks gives the lines.
"""
