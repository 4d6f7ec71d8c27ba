"""The registry of measures: each with its name and its mathematical properties as data."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

MEASURES = {}


class Transformation(StrEnum):
    """A transformation of one representation, under which a measure may be invariant."""

    PERMUTATION = "permutation of features"
    TRANSLATION = "translation"
    SCALING = "isotropic scaling"
    ORTHOGONAL = "orthogonal map"
    INVERTIBLE = "invertible linear map"


SIMILARITY_TRANSFORMATIONS = frozenset(Transformation) - {Transformation.INVERTIBLE}
AFFINE_TRANSFORMATIONS = frozenset(Transformation)


@dataclass(frozen=True)
class Measure:
    """A measure of similarity of two representations; 1 for a representation and itself.

    Calling it with the `PairMoments` of x and y returns a float; with ``on_folds``, it takes a list of `PairMoments`
    of disjoint sets of tokens.

    Attributes
    ----------
    name : str
        As configurations and tables write it.
    title : str
        As the report writes it.
    description : str
        One or two sentences for the report's list of terms.
    function : callable
    bounds : tuple of float
        The lowest and the highest possible value.
    symmetric : bool
        Whether x and y can be exchanged.
    invariances_x, invariances_y : frozenset of Transformation
        The transformations of x, and of y, that do not change the value.
    needs_full_rank : bool
        Whether it needs more tokens than features.
    on_folds : bool
        Whether it is fitted on some of the tokens and evaluated on others.
    """

    name: str
    title: str
    description: str
    function: Callable
    bounds: tuple
    symmetric: bool
    invariances_x: frozenset
    invariances_y: frozenset
    needs_full_rank: bool = False
    on_folds: bool = False

    def __call__(self, moments):
        return self.function(moments)

    def in_directions(self, moments):
        """A list of its value and, if it is not symmetric, its value with x and y exchanged."""
        if self.symmetric:
            return [self(moments)]
        # After the first value, since the exchanged moments take over what it has computed.
        value = self(moments)
        return [value, self([pair.swapped for pair in moments] if self.on_folds else moments.swapped)]


def measure(name, title, description, *, invariances, invariances_y=None, **properties):
    """Decorate a function of moments to register it in `MEASURES`.

    Parameters
    ----------
    name, title, description, **properties
        See `Measure`.
    invariances : frozenset of Transformation
        Of x, and of y unless ``invariances_y`` is given.
    invariances_y : frozenset of Transformation, optional
    """

    def register(function):
        MEASURES[name] = Measure(
            name=name,
            title=title,
            description=description,
            function=function,
            invariances_x=invariances,
            invariances_y=invariances if invariances_y is None else invariances_y,
            **properties,
        )
        return function

    return register
