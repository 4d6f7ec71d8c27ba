"""What a study asks for: its configuration and definitions, the grid of runs, the settings of each job, the cost.

A configuration is a dict; `configuration.check_config` checks it, and `configuration.selected` keeps what its
``experiments`` ask for. Nothing here reads data or trains. The package imports only `beyondtext.core`.
"""
