"""What a study requests: its configuration and definitions, the grid of runs, the settings of each job, the cost.

A configuration is a dict; `configuration.check_config` checks it, and `selection.selected` keeps what its
``experiments`` request. Nothing here reads data or trains. The package has import statements for `beyondtext.core`
alone, but through `beyondtext.core.registries` it loads the initializations, baselines and measures of the packages
after it, by whose names and limits a configuration is checked.
"""
