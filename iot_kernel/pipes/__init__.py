"""Named streams of bytes from a board to any process of this computer.

The kernel's side: `assembly` and `hub` make messages of frames, `listener` and `subscriber` hand them to
whoever subscribes by TCP, `state` tells other processes where, `service` is all of it for one kernel. The
consumers' side, which imports nothing of the kernel: `places` finds a kernel, `client` reads a pipe,
`collecting`, `recording`, `streams` and `plot` do what one wants with it; `ukernel.pipes` is the name under
which notebooks import it. `framing` is what both sides say to each other.
"""
