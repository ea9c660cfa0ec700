"""A board's files: listing, reading, writing, removing. Below the device: a board is whatever runs code."""
