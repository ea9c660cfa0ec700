"""Host code: the IPython process that runs host cells, its channels, its variables and what it stores.

Never boards. What depends on private parts of ipykernel, for both kernels, stands in `ipykernel_internals`.
"""
