"""What a configuration asks for: definitions, runs, job settings, costs.

May import `beyondtext.core`.
"""
