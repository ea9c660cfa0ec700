"""OpenSSH's client: where a name leads by its configuration, and what it means that it failed.

Never: a question to the user, trust in a computer that ssh does not trust, what the connection is for.
"""
