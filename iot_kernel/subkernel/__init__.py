"""The sub-kernel: the IPython process that runs host cells, its channels, its variables and what it stores.

Never: boards, or the magics of this kernel.
"""
