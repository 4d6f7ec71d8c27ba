"""From downloads to examples.

The package fetches the sources (`fetch`, `archive`, `locks`), reads their files (`raw`, `readers`), and cleans, splits
and writes a task's examples (`prepare` and the modules that it calls; `examples` defines their file format).
`inspection` finds out what a user's own file contains. The package may import `beyondtext.core` and
`beyondtext.study`, and nothing else of the library.
"""
