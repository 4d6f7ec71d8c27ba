"""From raw downloads to examples: fetching, reading, cleaning, splitting.

May import `beyondtext.core` and `beyondtext.study`.
"""
