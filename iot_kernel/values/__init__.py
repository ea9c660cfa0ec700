"""Values on their way between boards and this computer."""
