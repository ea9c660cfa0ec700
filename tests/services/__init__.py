"""Servers and containers for the magics that talk to some: real ones, in a box of their own."""
