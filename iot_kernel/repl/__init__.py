"""The raw REPL over a wire: turns, threads, clocks and time limits of one link."""
