"""All benchmarks, one after the other: ``python -m bench``."""

from bench import file_transfer, kernel_latency, link_latency, live_plot, pipes, synchronize

kernel_latency.main()
link_latency.main()
file_transfer.main()
synchronize.main()
pipes.main()
live_plot.main()
