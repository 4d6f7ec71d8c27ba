"""Measures of similarity, one module for each family; importing this package registers all of them.

Adding a new measure: write a function of `PairMoments` in the module of its family, and decorate it with
`@measure(name, title, description, ...)`, which states its bounds, symmetry and invariances. Importing the module
registers it, so a new module is also imported below. The configuration schema, the similarity table and the report then
know the measure, and the tests check the properties that it states. A function of two arrays that users call may stand
next to it, with the range, bias, invariances and reference in its docstring; the tests of a measure on folds need one.
"""

from beyondtext.similarity.measures.cca import mean_squared_cca, pwcca, pwcca_heldout, svcca
from beyondtext.similarity.measures.cka import linear_cka
from beyondtext.similarity.measures.predictivity import linear_predictivity
from beyondtext.similarity.measures.procrustes import procrustes
from beyondtext.similarity.measures.registry import MEASURES, Measure, Transformation, measure
from beyondtext.similarity.measures.rsa import rsa

__all__ = [
    "MEASURES",
    "Measure",
    "Transformation",
    "linear_cka",
    "linear_predictivity",
    "mean_squared_cca",
    "measure",
    "procrustes",
    "pwcca",
    "pwcca_heldout",
    "rsa",
    "svcca",
]
