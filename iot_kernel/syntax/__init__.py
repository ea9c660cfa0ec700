"""The language of a cell: its text divided into parts, and lines joined as Python joins them. Pure."""
