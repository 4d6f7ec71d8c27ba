"""Safe names, and those that are taken."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.findings import Notes, Wishes
from beyondtext.data.inspection.names import address_of, check_unused, safe_name, study_name
from own_data import write


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my_data v2", "my-data-v2"),
        ("Straße/Größe", "strasse-grosse"),
        ("--a--", "a"),
        ("蛋白质", ""),
        ("x" * 99, "x" * 60),
    ],
)
def test_names_have_small_letters_digits_and_hyphens(text, name):
    assert safe_name(text) == name


def named(path, **wishes):
    notes = Notes()
    return study_name(path, Wishes(**wishes), notes), [str(remark) for remark in notes.remarks]


def test_the_name_is_that_of_the_file(tmp_path):
    assert named(tmp_path / "My_Kinases.fasta.gz") == (
        "my-kinases",
        ["the name is my-kinases: from My_Kinases.fasta.gz (change with `--name NAME`)"],
    )
    assert named(tmp_path / "SST-2" / "train.tsv")[0] == "sst-2-train"
    assert named(tmp_path / "蛋白质.csv")[0] == "study"


@pytest.mark.parametrize("name", ["", "!!!"])
def test_a_wished_name_without_letters_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="has no letter or digit"):
        named(tmp_path / "a.csv", name=name)


def test_a_wished_name_is_made_safe_and_this_is_said(tmp_path):
    name, remarks = named(tmp_path / "a.csv", name="My_Study")
    assert (name, remarks) == (
        "my-study",
        ["the name is my-study: 'My_Study' has more than small letters, digits and hyphens"],
    )
    assert named(tmp_path / "a.csv", name="mine") == ("mine", [])
    with pytest.raises(InputError, match="has no letter or digit"):
        named(tmp_path / "a.csv", name="__")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "splice",
            r"config/tasks/splice\.yaml exists already, not written by scripts/new_study\.py; choose another name",
        ),
        ("quick", r"config/quick\.yaml exists already"),
        ("default", r"config/config\.yaml is a study of the name default"),
        ("roberta-base", "roberta-base is the name of a model"),
        ("runs", "results/runs is a folder that all studies share"),
    ],
)
def test_names_that_are_taken(project, name, message):
    with pytest.raises(InputError, match=message):
        check_unused(name)
    with pytest.raises(InputError, match=message):
        check_unused(name, overwrite=True)
    check_unused(f"{name}-x")


def test_data_in_the_project_have_a_relative_address(project, tmp_path):
    assert address_of(write(project / "mine" / "a.csv", "x")) == "mine/a.csv"
    assert address_of(tmp_path / "a.csv") == (tmp_path / "a.csv").as_posix()
