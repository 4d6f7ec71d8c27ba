"""Measures of similarity, one file a family; importing the package registers them all."""

from beyondtext.similarity.measures import cca, cka, neighbours, predictivity, procrustes, rsa
from beyondtext.similarity.measures.registry import MEASURES, Measure, measure, measure_pairs

__all__ = [
    "MEASURES",
    "Measure",
    "cca",
    "cka",
    "measure",
    "measure_pairs",
    "neighbours",
    "predictivity",
    "procrustes",
    "rsa",
]
