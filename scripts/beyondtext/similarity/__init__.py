"""Similarity of representations: how similar are two encoders on the same tokens?

The package extracts activations (`extract`, `activations`), computes measures of similarity from sums over tokens
(`moments`, `measures`) with jackknife intervals and nulls (`jackknife`, `nulls`), compares attention heads
(`attention`), and writes the similarity table of a task (`compare`). `published_code` reproduces the numbers of the
code released with Kao & Lee (2021) and nothing else. It may import core, study, data, models and training.
"""
