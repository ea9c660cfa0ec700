"""Prints how many bytes of memory are free."""

import gc

gc.collect()
print(gc.mem_free())
