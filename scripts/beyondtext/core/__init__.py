"""What every other package needs: paths, errors, files, seeds, schemas, metrics and digests of the code.

Nothing here knows what a study is. The package imports no other package of beyondtext.
"""
