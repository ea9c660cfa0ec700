"""A module without names: each import of it makes one that stands in for another."""
