"""Encoders and what goes into them: vocabularies, token ids, weights, batches, devices.

May import core, study and data.
"""
