"""Measurements beside the peers, in one run. Ratios count, seconds do not."""
