"""Packages for boards: what names one, what belongs to it, where its files come from and where they go.

Never: programs for the board, printing, or trust in what comes from the network.
"""
