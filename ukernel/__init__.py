"""What notebooks import: ``from ukernel.pipes import subscribe, collect, live_plot, stop_live``."""
