"""The documentation's examples are what the schemas want, and its links lead somewhere."""

import re

import pandas as pd
import pytest
import yaml

from beyondtext.core import files, paths
from beyondtext.core.schema import check
from beyondtext.study import definitions
from beyondtext.study.configuration import load_config

PAGES = [paths.ROOT / "README.md", *sorted((paths.ROOT / "docs").glob("*.md")), *paths.ROOT.glob("*/README.md")]
EXAMPLES = re.findall(
    r"```yaml\n *# (source|task|study)\n(.*?)```", (paths.ROOT / "docs" / "own-data.md").read_text(), re.DOTALL
)


def test_there_is_an_example_of_a_source_a_study_and_each_format():
    kinds = [kind for kind, _ in EXAMPLES]
    readers = [yaml.safe_load(text)["reader"] for kind, text in EXAMPLES if kind == "task"]
    assert kinds.count("source") == 1 and kinds.count("study") == 2 and readers == ["fasta", "delimited", "midi"]


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_the_examples_are_valid(kind, text):
    value = yaml.safe_load(text)
    if kind == "study":  # laid over the default by Snakemake
        default = files.read_yaml(paths.ROOT / "config" / "config.yaml")
        value = {**default, **value, "similarity": {**default["similarity"], **value["similarity"]}}
    check(value, "config" if kind == "study" else kind, "docs/own-data.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(paths.ROOT).as_posix())
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_lists_the_licence_of_every_source_of_the_default():
    study = load_config(paths.ROOT / "config" / "config.yaml")
    models = {encoder["model"] for encoder in study["similarity"]["encoders"]}
    models |= {model for arm in study["arms"] for model in arm["models"]}
    sources = {definitions.task(name)["source"] for name in study["tasks"]} | {
        definitions.model(m)["source"] for m in models
    }
    table = (paths.ROOT / "README.md").read_text(encoding="utf-8").split("licences of their own")[1]
    assert len(re.findall(r"^\| (?!source|---)", table, re.MULTILINE)) == len(sources)


def test_what_the_readme_says_of_the_default_is_what_its_record_has():
    table = pd.read_csv(paths.ROOT / "docs" / "record" / "effects.csv")
    includes_zero = (table["ci_low"] < 0) & (table["ci_high"] > 0)
    assert includes_zero.all() and "every interval includes zero" in (paths.ROOT / "README.md").read_text(
        encoding="utf-8"
    )
