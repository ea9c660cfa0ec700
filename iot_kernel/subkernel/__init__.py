"""Host code: the IPython process that runs host cells, its channels, its variables and what it stores."""
