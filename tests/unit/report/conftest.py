"""A small study whose outcomes are chosen by hand, with its tables and figures."""

import shutil
import sys
from types import SimpleNamespace

import pytest

import small_study as study
from beyondtext.report.load import Results


@pytest.fixture(autouse=True)
def no_open_figures():
    """Close what a test drew and did not save."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """The results of the study, which must not be changed."""
    folder = tmp_path_factory.mktemp("study")
    study.write_study(folder, study.config())
    return folder


@pytest.fixture(scope="session")
def reports(tmp_path_factory, written):
    """Its tables and figures with three seeds, and its tables with two."""
    folder = tmp_path_factory.mktemp("reports")
    made = {}
    for name, config in (("three", study.config()), ("two", study.config(seeds=[100, 101]))):
        tables = study.write_tables(written, config, folder / name)
        made[name] = SimpleNamespace(config=config, root=written, tables=tables, figures=folder / "figures")
    # The page with two seeds is given the same figures: drawing them would double the time.
    study.write_figures(made["three"].config, made["three"].tables, folder / "figures")
    return made


@pytest.fixture
def three(reports):
    """The report with three seeds."""
    return reports["three"]


@pytest.fixture(params=["three", "two"])
def either(reports, request):
    """The report with three seeds, and with two."""
    return reports[request.param]


@pytest.fixture
def config():
    return study.config()


@pytest.fixture
def root(tmp_path, written):
    """A copy of the results that a test may change."""
    return shutil.copytree(written, tmp_path / "root")


@pytest.fixture
def results(root, config):
    return Results(config, root)
