"""Similarity of representations: extraction, measures, intervals, nulls.

May import the packages before it: core, data, models, study, training.
"""
