"""The tiny study that the workflow tests share."""

import pytest

from project import copy_project


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """The tiny study, run to its end once; the tests change it, one after the other."""
    project = copy_project(tmp_path_factory.mktemp("study"))
    project.first_jobs = project.snakemake()
    return project
