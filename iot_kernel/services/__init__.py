"""Programs of the host that run for a cell: shells, ssh, container engines. No magic, no cell, no board."""
