"""The sub-kernel: the IPython process that runs host cells, its channels, its variables and what it stores.

`ipykernel_internals` alone uses private parts of ipykernel, for both kernels. Never: boards, or the magics of
this kernel.
"""
