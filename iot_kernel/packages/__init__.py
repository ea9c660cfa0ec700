"""Packages for boards: what names one, what belongs to it, where its files come from and where they go."""
