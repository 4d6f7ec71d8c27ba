"""The documentation agrees with the project: its examples are valid, and what it points to exists."""

import json
import re
from runpy import run_path

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import f1_score

import kills
import shipped
from beyondtext.core import files, metrics, paths
from beyondtext.core.errors import InputError
from beyondtext.core.merge import deep_merge
from beyondtext.core.schema import check
from beyondtext.data.tally import Tally
from beyondtext.models import initializations
from beyondtext.models.loading import load_encoder
from beyondtext.report.finding import finding
from beyondtext.study import definitions
from beyondtext.study.configuration import check_has_name, load_config
from beyondtext.study.job_arguments import configuration
from beyondtext.training import baselines
from families import families

README = paths.ROOT / "README.md"
DOCS = paths.ROOT / "docs"
PAGES = [README, *shipped.files("docs/*.md"), *shipped.files("*/README.md")]
LIBRARY = paths.SCRIPTS / "beyondtext"
PACKAGES = sorted(path.parent.name for path in LIBRARY.glob("*/__init__.py"))


def text_of(page):
    return page.read_text(encoding="utf-8")


def name_of(page):
    return page.relative_to(paths.ROOT).as_posix()


def one_line(text):
    """A text without its line breaks, as a reader sees it."""
    return " ".join(text.split())


def without_blocks(text):
    """A page's prose, without code blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)


EXAMPLES = [
    pytest.param(page, kind, block, id=f"{name_of(page)}-{kind}-{number}")
    for page in PAGES
    for number, (kind, block) in enumerate(
        re.findall(r"```yaml\n *# (source|task|model|study)\n(.*?)```", text_of(page), re.DOTALL)
    )
]


def test_the_page_on_own_data_has_an_example_of_each_file_and_format():
    examples = [example.values for example in EXAMPLES if example.values[0] == DOCS / "own-data.md"]
    kinds = [kind for _, kind, _ in examples]
    readers = [yaml.safe_load(block)["reader"] for _, kind, block in examples if kind == "task"]
    assert kinds.count("source") == 1 and kinds.count("study") == 2 and readers == ["fasta", "delimited", "midi"]


def test_the_example_of_a_model_is_the_one_that_ships():
    (block,) = re.findall(r"```yaml\n# model\n(.*?)```", text_of(DOCS / "extending.md"), re.DOTALL)
    assert yaml.safe_load(block) == files.read_yaml(paths.CONFIG / "models" / "esm2-8m-ur50d.yaml")


@pytest.mark.parametrize(("page", "kind", "block"), EXAMPLES)
def test_examples_are_valid(page, kind, block):
    value = yaml.safe_load(block)
    if kind == "study":  # Snakemake merges it with the default
        check_has_name(value, name_of(page))
        value = deep_merge(files.read_yaml(paths.CONFIG / "config.yaml"), value)
    check(value, "config" if kind == "study" else kind, name_of(page))


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_and_headings(page):
    for target, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]+))?\)", text_of(page)):
        linked = page.parent / target if target else page
        assert linked.exists(), f"{name_of(page)} links to {target}"
        assert not anchor or anchor in anchors(linked), f"{name_of(page)} links to {target}#{anchor}"


# Not in the project: the first download writes one, the reader of a page the others.
MADE = {"config/sources.lock.yaml", "report/sections/lengths.py"}
MADE |= {f"config/{name}.yaml" for name in ("junction", "one-step", "tasks/junction")}
MADE |= {f"config/{folder}enzymes.yaml" for folder in ("sources/", "tasks/", "")}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_named_in_the_text_exist(page):
    prose = without_blocks(text_of(page))
    inside = rf"(?:{'|'.join(PACKAGES)})/[\w/]+\.py"
    for name in re.findall(rf"`({inside})`", prose):
        assert (LIBRARY / name).is_file() or name in MADE, f"{name_of(page)} names {name}"
    for name in re.findall(r"`(?:python )?((?:scripts|tests|config|rules|profiles|envs|docs)/[\w/.-]+\.\w+)", prose):
        assert (paths.ROOT / name).is_file() or name in MADE, f"{name_of(page)} names {name}"


def test_the_pages_name_modules():
    """Otherwise the check above could pass because it found none."""
    named = re.findall(r"`(\w+/[\w/]+\.py)`", text_of(DOCS / "method.md"))
    assert {"training/loop.py", "report/intervals.py", "similarity/moments.py"} <= set(named)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_programs_and_targets_in_commands_exist(page):
    text = text_of(page)
    for program in re.findall(r"python ((?:scripts|tests)/[\w/]+\.py)", text):
        assert (paths.ROOT / program).is_file(), f"{name_of(page)} runs {program}"
    targets = re.findall(r"^([a-z]+):", (paths.ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in re.findall(r"^make (\w+)|`make (\w+)", text, re.MULTILINE):
        assert "".join(target) in targets, f"{name_of(page)} runs make {''.join(target)}"


def test_the_readme_describes_every_package_in_the_order_of_imports():
    block = text_of(README).split("## Layout")[1].split("```")[1]
    listed = re.findall(r"^    (\w+)/ +\S", block, re.MULTILINE)
    assert sorted(listed) == PACKAGES
    for package in listed:
        imported = set()
        for module in (LIBRARY / package).rglob("*.py"):
            imported |= set(re.findall(r"^ *(?:from|import) beyondtext\.(\w+)", text_of(module), re.MULTILINE))
        later = imported & set(listed[listed.index(package) + 1 :])
        assert not later, f"{package} imports {later}, which the README lists after it"


def licences(page):
    """The README's table of licences as a dict from source to licence."""
    table = text_of(page).split("## Licences")[1]
    return dict(re.findall(r"^\| `([\w-]+)` \|[^|]+\| ([^|]+) \|$", table, re.MULTILINE))


def test_the_readme_gives_the_licence_of_every_source_of_the_default_study():
    study = load_config(paths.CONFIG / "config.yaml")
    models = {encoder["model"] for encoder in study["similarity"]["encoders"]}
    models |= {model for arm in study["arms"] for model in arm["models"]}
    sources = {definitions.task(name)["source"] for name in study["tasks"]}
    sources |= {definitions.model(name)["source"] for name in models}
    given = licences(README)
    assert set(given) == sources
    for source, licence in given.items():
        # Up to a remark: "Apache-2.0", "not stated", "varies from piece to piece, some non-commercial only".
        stated = re.split(r" \(| by ", definitions.source(source)["licence"])[0]
        assert stated in licence, f"{source}: the README says {licence}, its definition {stated}"


RECORDS = [path.parent for path in shipped.files("docs/record/*/config.json")]
DECISIVE = ("tasks", "seeds", "selection_seeds", "fractions", "arms", "training", "training_per_task", "caps", "frozen")


def found_by(record):
    """What a record found, as scripts/make_record.py prints it: the paragraph, and the table."""
    tables = {path.stem: pd.read_csv(path) for path in (record / "tables").glob("*.csv")}
    paragraph, _, *table = finding(tables, configuration(text_of(record / "config.json")))
    return paragraph, "\n".join(table)


def test_the_readme_says_what_the_record_that_it_shows_found():
    page = text_of(README)
    name = re.search(r"\(docs/record/([\w-]+)/figures/effects\.svg\)", page)[1]
    paragraph, table = found_by(DOCS / "record" / name)
    assert paragraph in one_line(page) and table in page
    assert (DOCS / "record" / name / "figures" / "effects.svg").is_file()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_each_record_has_its_finding_next_to_it(record):
    page = text_of(DOCS / "record" / "README.md")
    paragraph, table = found_by(record)
    assert paragraph in one_line(page) and table in page


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_record_is_of_the_study_that_ships(record):
    kept = json.loads(text_of(record / "config.json"))
    names = {load_config(path)["name"]: path for path in shipped.files("config/*.yaml")}
    ours = load_config(names[record.name])
    assert {key: kept[key] for key in DECISIVE} == {key: json.loads(json.dumps(ours[key])) for key in DECISIVE}


def test_where_the_time_of_the_default_study_went():
    report = run_path(str(DOCS.parent / "tests" / "benchmarks" / "durations.py"))["report"]
    runs = pd.read_csv(DOCS / "record" / "default" / "tables" / "runs.csv")
    assert f"```\n{report(runs)}```\n" in text_of(DOCS / "performance.md")


def code_blocks(heading):
    section = text_of(DOCS / "extending.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def entry_of(heading, module):
    """What a recipe of a function and an entry makes in the module that it is for."""
    function, entry = code_blocks(heading)
    namespace = vars(module).copy()
    exec(function, namespace)
    (made,) = eval(entry, namespace)
    return made


def test_the_recipe_of_an_initialization_loads_the_word_embeddings_alone(tiny_bert, monkeypatch):
    made = entry_of("An initialization", initializations)
    assert made.name == "word_embed"
    monkeypatch.setitem(initializations.INITIALIZATIONS, made.name, made)
    mixed, *others = (
        dict(load_encoder(*tiny_bert, init, 1).named_parameters()) for init in (made.name, "pretrained", "scratch")
    )
    for name, value in mixed.items():
        assert value.equal(others["word_embeddings" not in name][name]), name


def test_the_recipe_of_a_metric_scores_as_scikit_learn():
    made = entry_of("A metric", metrics)
    assert made.name == "macro_f1"
    generator = np.random.default_rng(0)
    for labels in ("ab", "abcd", "abcdefgh"):  # also classes that only one side has
        target, prediction = generator.choice(list(labels), (2, 12))
        assert made(target, prediction) == pytest.approx(f1_score(target, prediction, average="macro"))
    assert made(["a", "b"], ["a", "b"]) == 1


def test_the_recipe_of_a_baseline_predicts_the_median():
    made = entry_of("A baseline", baselines)
    assert made.name == "median" and made.unsuitable("gb1", "number") is None and made.unsuitable("splice", "class")
    rows = pd.DataFrame({"target": [1.0, 2.0, 9.0]})
    predict, selected = made.fit(splits={"train": rows}, info={}, settings={})
    prediction, probabilities = predict(rows[:2])
    assert (prediction.tolist(), probabilities, selected) == ([2, 2], None, {})


def test_the_recipe_of_a_measure_runs(monkeypatch):
    from beyondtext.similarity.arrays import pair_moments
    from beyondtext.similarity.measures import cca, registry

    monkeypatch.setattr(registry, "MEASURES", {})
    (function,) = code_blocks("A similarity measure")
    exec(function, vars(cca).copy())
    (entry,) = registry.MEASURES.values()
    x, y = np.random.default_rng(0).standard_normal((2, 100, 3))
    x[:, 0] = y[:, 1]
    assert entry(pair_moments(x, y)) == pytest.approx(1)


def test_the_recipe_of_a_reader_reads_its_format(tmp_path):
    from Bio import SeqIO
    from Bio.Seq import Seq
    from Bio.SeqRecord import SeqRecord

    path = tmp_path / "a.gb"
    notes = {"molecule_type": "DNA", "organism": "Homo sapiens"}
    SeqIO.write([SeqRecord(Seq("ACGT"), id="R1.1", name="R1", annotations=notes)], path, "genbank")
    written = path.read_text()
    (module,) = code_blocks("A file format")
    namespace = {}
    exec(module, namespace)

    def read(content, annotation="organism"):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        tally = Tally()
        table = namespace["read"]({"a.gb": path}, {"path": "a.gb", "annotation": annotation}, tmp_path, tally)
        return table.to_dict("records"), [change["reason"] for change in tally.as_list()]

    record = {"id": "R1.1", "sequence": "ACGT", "target": "Homo sapiens"}
    assert read(written) == ([record], [])
    latin = written.replace("sapiens", "sapiéns").encode("latin-1")
    assert read(latin) == ([{**record, "target": "Homo sapiéns"}], ["latin1"])
    for content, message in (
        ("", "has no records, but lines that begin with LOCUS were expected"),
        (written * 2, "can read .Duplicate key"),
        (written.partition("ORIGIN")[0], "can read .Premature end"),
        (written.replace("        1 acgt\n", ""), "can read .Sequence content is undefined"),
        (written.encode("utf-32-le"), "has a NUL character"),
    ):
        with pytest.raises(InputError, match=f"^{re.escape(str(path))}.*{message}"):
            read(content)
    with pytest.raises(InputError, match=r"a\.gb: record R1\.1 has no keyword; add it, or delete the record"):
        read(written, "keyword")


# Options that take every word up to the next option, so that a target after them is taken for another value.
TAKE_SEVERAL = "configfile|configfiles|config|resources|quiet|forcerun|until|omit-from|rerun-triggers|set-threads"
WRITTEN_COMMANDS = [*PAGES, paths.ROOT / "Makefile", paths.ROOT / "dvc.yaml", *paths.SCRIPTS.rglob("*.py")]
WRITTEN_COMMANDS += [path for folder in ("config", "profiles", "rules") for path in shipped.files(f"{folder}/**/*.*")]


def swallowed(text):
    """The words in a text's commands that Snakemake would take for another value of the option before them."""
    commands = re.findall(r"\bsnakemake +([^`\n#]*)", text.replace("\\\n", " "))
    words = (re.findall(rf"--(?:{TAKE_SEVERAL})[ =]+(?:'[^']*'|\S+) +(?!-|&&|\||>|2>)(\S+)", line) for line in commands)
    return [word for found in words for word in found]


@pytest.mark.parametrize("page", WRITTEN_COMMANDS, ids=name_of)
def test_no_target_follows_an_option_that_would_take_it(page):
    assert swallowed(text_of(page)) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("snakemake tokenize --cores 2 --configfile a.yaml", []),
        ("snakemake --configfile a.yaml --cores 2 -- tokenize", []),
        ("snakemake --cores 2 --configfile a.yaml -- tokenize", []),
        ("snakemake --configfile a.yaml --cores 2 && ls", []),
        ("snakemake --cores 2 --configfile a.yaml tokenize", ["tokenize"]),
        ("snakemake --config 'a=[b, c]' download --cores 2", ["download"]),
        ("snakemake --cores 2 --config a=b \\\n  report", ["report"]),
    ],
)
def test_a_target_that_would_be_taken_is_found(command, words):
    assert swallowed(f"Type\n{command}\n") == words


def marked_table(page, name):
    """The header and the rows of the table below a mark such as ``<!-- kills -->``."""
    block = text_of(page).partition(f"<!-- {name} -->")[2].partition("<!-- end -->")[0]
    header, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in re.findall(r"^\|.*$", block, re.M)]
    return header, {row[0]: list(map(int, row[1:])) for row in rows}


def test_the_last_campaign_found_nothing_and_had_every_kind():
    header, rows = marked_table(DOCS / "reliability.md", "campaign")
    total = rows.pop("all")
    assert header == ["kind", "inputs", "right", "refused"]
    assert rows.keys() == {family.KIND for family in families()}
    assert total == [sum(column) for column in zip(*rows.values(), strict=True)] and total[0] >= 800
    assert all(inputs == right + refused for inputs, right, refused in rows.values())


def test_the_last_kills_were_of_every_kind():
    _, rows = marked_table(DOCS / "reliability.md", "kills")
    total = rows.pop("all")
    assert rows.keys() == {*kills.WAYS, *kills.OF_DVC} and all(row[-1] for row in rows.values())
    assert total == [sum(column) for column in zip(*rows.values(), strict=True)] and total[-1] >= 100
