"""The list of sections, the programs that read it, and what a new section or object needs."""

import dataclasses
import json
import re

import pandas as pd

import make_figures
import small_study as study
from beyondtext.core import metrics, paths
from beyondtext.core.schema import _validator, check
from beyondtext.models import initializations
from beyondtext.report import figure_files, page, plots, sections
from beyondtext.report.dvc_metrics import dvc_metrics
from beyondtext.report.load import Tables
from beyondtext.report.section import Section, Table, maker
from beyondtext.study import definitions, job_arguments
from beyondtext.study.grid import all_runs
from beyondtext.training.run_files import VALIDATION, read_curve, read_predictions, read_run, write_run


def test_every_section_has_a_module_and_a_template_of_its_name():
    folder = paths.SCRIPTS / "beyondtext" / "report" / "sections"
    names = [section.name for section in sections.SECTIONS]
    assert len(set(names)) == len(names)
    for name in names:
        assert (folder / f"{name}.py").is_file() and (folder / f"{name}.html.j2").is_file()
    assert {f"scripts/beyondtext/report/sections/{name}.html.j2" for name in names} < set(sections.templates())


def test_the_answer_is_the_first_section_and_effects_and_curves_are_unfolded_too():
    assert sections.SECTIONS[0] is sections.ANSWER and sections.ANSWER.name == "answer"
    assert [section.name for section in sections.SECTIONS if section.open] == ["effects", "curves"]


def test_no_two_tables_or_figures_have_one_name(three):
    tables = [table.name for section in sections.SECTIONS for table in section.tables]
    figures = [figure.name for section in sections.SECTIONS for figure in section.figures(three.config)]
    assert len(set(tables)) == len(tables) and len(set(figures)) == len(figures)


MADE_BESIDE = {"advice": "advice", "candidates": "candidates", "verdicts": "verdict_table"}  # the page's first tables


def test_every_table_and_figure_is_made_in_the_module_of_its_section(three):
    for section in sections.SECTIONS:
        made = {table.name: table.make for table in section.tables}
        made |= {figure.name: figure.draw for figure in section.figures(three.config)}
        for name, function in made.items():
            module = MADE_BESIDE.get(name, section.name)
            assert maker(function)[0] == f"scripts/beyondtext/report/sections/{module}.py"


def test_figures_are_drawn_from_tables_that_exist(three):
    for figure in sections.figures(three.config).values():
        assert set(figure.tables) <= set(sections.tables())


def test_make_tables_writes_every_table_and_leaves_missing_numbers_empty(reports):
    folder = reports["two"].tables.folder
    header, first, *_ = (folder / "effects.csv").read_text().splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    assert cells["mean"] == "0.1875"
    assert [cells[key] for key in ("ci_low", "ci_high", "p")] == ["", "", ""]
    written = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    expected = [f"{name}.{suffix}" for name in sections.tables() for suffix in ("csv", "tex")]
    assert written == sorted([*expected, "metrics.json"])
    for name in written:
        assert not re.search(r"\bnan\b", (folder / name).read_text(), re.IGNORECASE)


def test_make_tables_writes_the_same_bytes_again(three, tmp_path):
    study.write_tables(three.root, three.config, tmp_path)
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert path.read_bytes() == (three.tables.folder / path.relative_to(tmp_path)).read_bytes()


def test_make_figures_writes_the_same_bytes_again(three, tmp_path):
    make_figures.main(
        ["--config", json.dumps(three.config), "--tables", str(three.tables.folder), "--output", str(tmp_path)]
    )
    names = sorted(file for name in sections.figures(three.config) for file in figure_files.files(name))
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names:
        assert (tmp_path / name).read_bytes() == (three.figures / name).read_bytes()
        assert len((tmp_path / name).read_bytes()) > 5000


def test_the_metrics_for_dvc_are_plain_numbers(three):
    numbers = dvc_metrics(three.tables["summary"], three.tables["effects"])
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert numbers["splice"]["minilm-l6/scratch/permutation/1/fixed"] == 0.625
    assert numbers["splice"]["trivial/baseline/identity/1/none"] == 0.5
    assert numbers["effects"]["splice"]["minilm-l6/pretrained - scratch/permutation/1/fixed"] == 0.2083


def test_a_new_section_appears_in_tables_and_page_by_one_entry(three, tmp_path, monkeypatch):
    def lengths(results):
        return sections.data.tasks(results)[["task", "length_max"]]

    template = (
        "<table data-csv='lengths'>{% for row in rows %}<tr><td>{{ row.length_max }} symbols</td></tr>{% endfor %}"
    )
    template += "</table>{{ source('lengths') }}"
    section = Section(
        "lengths",
        "Longest sequences",
        lambda tables, config: {"rows": tables["lengths"].to_dict("records")},
        (Table("lengths", lengths),),
    )
    monkeypatch.setattr(sections, "SECTIONS", [*sections.SECTIONS, section])
    (tmp_path / "report" / "sections").mkdir(parents=True)
    for path in map(paths.ROOT.joinpath, sections.templates()):
        copy = tmp_path / "report" / path.relative_to(page.REPORT)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text())
    (tmp_path / "report" / "sections" / "lengths.html.j2").write_text(template)
    monkeypatch.setattr(page, "REPORT", tmp_path / "report")
    tables = study.write_tables(three.root, three.config, tmp_path / "tables")
    assert tables["lengths"]["length_max"].tolist() == [60, 60]
    html = page.render(three.config, tables, three.figures)
    assert "Longest sequences</h2>" in html and "60 symbols" in html and 'href="tables/lengths.csv"' in html


def test_a_new_initialization_appears_everywhere_by_one_entry(three, tmp_path, monkeypatch):
    """In the schema, on the command line, in the tables, in the figures and on the page."""
    renamed = dataclasses.replace(
        initializations.INITIALIZATIONS["pretrained"],
        name="halved",
        title="pre-trained, halved",
        description="halves every tensor",
        colour="#123456",
    )
    monkeypatch.setitem(initializations.INITIALIZATIONS, "halved", renamed)
    monkeypatch.setitem(job_arguments.JOB_ARGUMENTS["init"], "choices", list(initializations.INITIALIZATIONS))
    _validator.cache_clear()
    config = study.config(tasks=["gb1"], arms=[{"models": ["minilm-l6"], "inits": ["halved", "scratch"]}])
    config["trainability"]["tasks"] = config["similarity"]["tasks"] = []
    study.write_study(tmp_path, config)
    tables = study.write_tables(tmp_path, config, tmp_path / "tables")  # which checks the configuration
    _validator.cache_clear()
    assert "halved - scratch" in set(tables["effects"]["comparison"])
    plots.save(sections.figures(config)["effects"], tables, config, tmp_path / "drawn")
    assert "#123456" in (tmp_path / "drawn" / "effects.svg").read_text()
    study.write_stand_ins(config, tables, tmp_path / "figures")
    html = page.render(config, tables, tmp_path / "figures")
    assert "pre-trained, halved" in html and "“Pre-trained, halved” halves every tensor" in html


def test_a_new_metric_appears_everywhere_by_one_entry(tmp_path, monkeypatch):
    """In the schema of tasks, in the tables and on the page."""

    def negative_error(target, prediction):
        return -float(abs(target - prediction).mean())

    metric = metrics.Metric(
        "negative_error", "negative mean error", lambda t, p: -float(abs(t - p).mean()), "number", -9
    )
    monkeypatch.setitem(metrics.METRICS, "negative_error", metric)
    _validator.cache_clear()
    try:
        task = {**definitions.task("gb1"), "metric": "negative_error"}
        check(task, "task", "a task")
    finally:
        _validator.cache_clear()
    config = study.config(tasks=["gb1"], arms=[{"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}])
    config["trainability"]["tasks"] = config["similarity"]["tasks"] = []
    study.write_study(tmp_path, config)
    for run in all_runs(config):
        directory, curve, validation = tmp_path / run.directory, None, None
        record, table = read_run(directory), read_predictions(directory)
        scores = {**record["scores"], "test": metric(table["target"], table["prediction"])}
        if (directory / VALIDATION).exists():
            validation = pd.read_parquet(directory / VALIDATION)
            steps = [metric(validation["target"], validation[str(step)]) for step in study.STEPS]
            curve = read_curve(directory).assign(validation=steps)
        write_run(
            directory, {**record, "metric": "negative_error", "scores": scores}, table, curve, validation=validation
        )
    tables = study.write_tables(tmp_path, config, tmp_path / "tables")
    assert set(tables["summary"]["metric"]) == {"negative_error"}
    study.write_stand_ins(config, tables, tmp_path / "figures")
    assert "negative mean error" in page.render(config, Tables(tmp_path / "tables"), tmp_path / "figures")
