"""What every other package needs: paths, errors, files, seeds, schemas, metrics, digests of code.

Imports no other package of beyondtext.
"""
