"""What a section of the report is: its tables, its figures, and what the page shows of them."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from beyondtext.core import paths


@dataclass(frozen=True)
class Table:
    """A CSV of the report.

    Attributes
    ----------
    name : str
        The file's, without its suffix.
    make : callable
        ``make(results)`` returns the pandas.DataFrame; ``results`` is a `beyondtext.report.load.Results`, whose
        `~beyondtext.report.load.Results.table` gives it the tables that it is computed from.
    """

    name: str
    make: Callable


@dataclass(frozen=True)
class Figure:
    """A figure of the report.

    Attributes
    ----------
    name : str
        The file's, without its suffix.
    draw : callable
        ``draw(tables, config, width)`` returns the matplotlib Figure; ``tables`` is a `beyondtext.report.load.Tables`,
        and ``width`` the room for panels in inches: that of a wide screen, or of a narrow one.
    tables : tuple of str
        The names of the CSV files that it is drawn from.
    """

    name: str
    draw: Callable
    tables: tuple


def no_figures(config):
    """The figures of a section that has none."""
    return []


@dataclass(frozen=True)
class Section:
    """A section of the report.

    Attributes
    ----------
    name : str
        The module's. The template next to the module is ``<name>.html.j2``.
    title : str
    content : callable
        ``content(tables, config)`` returns what the template is filled with, a dict, or None if the study has nothing
        to show here. Every number in it comes from ``tables``, the CSV files.
    tables : tuple of Table
        They are written in every study, without rows if there is nothing to report.
    figures : callable
        ``figures(config)`` returns the list of `Figure` that a study has.
    open : bool
        Whether the page shows the section unfolded at first.
    """

    name: str
    title: str
    content: Callable
    tables: tuple = ()
    figures: Callable = no_figures
    open: bool = False


def maker(function):
    """Where a function is defined, as the page names it: the file, from the project's root, and the function's name."""
    function = inspect.unwrap(getattr(function, "func", function))
    path = inspect.getsourcefile(function)
    return path.removeprefix(str(paths.ROOT)).lstrip("/\\").replace("\\", "/"), function.__name__
