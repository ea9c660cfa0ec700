"""Writes notebooks for tests."""

import json


def notebook(*cells):
    """The text of a notebook; each cell is its source, or that and its tags."""
    pairs = [(cell, ()) if isinstance(cell, str) else (cell[0], cell[1:]) for cell in cells]
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"id{number}",
                    "execution_count": number,
                    "source": source.splitlines(keepends=True),
                    "metadata": {"tags": list(tags)},
                    "outputs": [],
                }
                for number, (source, tags) in enumerate(pairs, 1)
            ],
        }
    )


def program(*lines, **files):
    """The text of a notebook whose only program are these lines, and modules by their names."""
    heads = [f"%%deploy {name}.py\n{source}" for name, source in files.items()]
    return notebook(*heads, ("\n".join(lines), "deploy"))
