"""The report as one HTML page, from its tables and figures.

Below each table and figure the page names the CSV that it shows, and the module and function that made it.
"""

import base64
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from beyondtext.core.printing import CONTROL_OR_MISLEADING, visible
from beyondtext.core.registries import registry
from beyondtext.report import sections, text
from beyondtext.report.arms import fine_tuned, main_runs
from beyondtext.report.figure_files import NARROW, WIDE, read_figure
from beyondtext.report.section import maker
from beyondtext.study import definitions, grid, measured_models
from beyondtext.study.selection import training_settings

REPORT = Path(__file__).parent
RULES = {
    "fixed": "the learning rate is the same for every initialization",
    "chosen": "the learning rate is the one with the best validation score for that initialization and task, on other "
    "seeds",
}
MAPPINGS = {  # by the first word of their names
    "permutation": "“permutation” draws them without replacement, anew for each seed and identically for every "
    "initialization",
    "shift": "“shift-c” moves every id by c places",
    "identity": "“identity” looks symbols up by name",
}


def render(config, tables, figures):
    """The page as a string of HTML.

    Parameters
    ----------
    config : dict
        A configuration, narrowed to the experiments that it requests.
    tables : beyondtext.report.load.Tables
    figures : path
        The folder of the figures.
    """
    shown = []
    common = {"study": config["name"], "confidence": text.percent(config["report"]["confidence"])}
    environment = _environment(config, Path(figures))
    for section in sections.SECTIONS:
        content = section.content(tables, config)
        if content is not None:
            template = environment.get_template(f"sections/{section.name}.html.j2")
            shown.append({"section": section, "html": Markup(template.render(**common, **content))})
    answer = shown.pop(0)["html"] if shown and shown[0]["section"] is sections.ANSWER else ""
    introduction = _introduction(tables["summary"], config)
    terms = {
        "initialization_terms": initialization_terms(config),
        "mapping_terms": mapping_terms(config),
        "terms": other_terms(config),
        "compared": bool(config["similarity"]["tasks"]),
        "measured": bool(config["trainability"]["tasks"]),
    }
    task = text.task_title(config["tasks"][0]) if len(config["tasks"]) == 1 else ""
    page = environment.get_template("templates/page.html.j2")
    html = page.render(**common, task=task, answer=answer, sections=shown, **introduction, **terms)
    return re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", html)


def _environment(config, folder):
    environment = Environment(
        loader=FileSystemLoader(REPORT),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    tables, figures = sections.tables(), sections.figures(config)

    def figure(name, alt, caption):
        """A figure with its caption, and where it comes from."""
        wide, narrow = (embedded(folder / form.format(name), config["name"]) for form in (WIDE, NARROW))
        image = Markup(
            '<picture><source media="(max-width: 700px)" srcset="{}"><img src="{}" alt="{}"></picture>'
        ).format(narrow, wide, alt)
        source = _source("Drawn from {} by {}", {figures[name].tables: figures[name].draw})
        return Markup("<figure>\n{}\n<figcaption>{}</figcaption>\n{}\n</figure>").format(image, caption, source)

    def source(*names):
        """Where the numbers of a part of the page come from: the tables, each with what made it."""
        return _source("{}, made by {}", {(name,): tables[name].make for name in names})

    environment.globals |= {"figure": figure, "source": source}
    return environment


def _visible(value):
    """What a template inserts, with control characters and those that change the direction of text as escapes.

    Markup has none, since it is made of such parts.
    """
    return visible(value, CONTROL_OR_MISLEADING) if type(value) is str else value


def _source(form, made):
    """Links to CSV files, and the module and the function that made a table or drew a figure from some of them.

    ``made`` has such a function by the names of tables, and ``form`` the words around both.
    """
    parts = []
    for names, function in made.items():
        module, name = maker(function)
        links = Markup(", ").join(Markup('<a href="tables/{0}.csv">{0}.csv</a>').format(name) for name in names)
        code = Markup("<code>{}</code>, <code>{}</code>").format(module, name)
        parts.append(Markup(form).format(links, code))
    return Markup('<p class="source">{}</p>').format(Markup("; ").join(parts))


def embedded(path, study):
    """An SVG file as a data URI: as an image, it can neither run scripts nor restyle the page."""
    return "data:image/svg+xml;base64," + base64.b64encode(read_figure(path, study)).decode()


def _introduction(summary, config):
    """What the runs have in common, in words; those on frozen features, if nothing is fine-tuned."""
    trained = fine_tuned(summary)
    shown = trained if len(trained) else summary[summary["rate"] == grid.FROZEN]
    main, models = main_runs(config), shown["model"].unique()
    inits = dict.fromkeys([*(run.init for run in main), *shown["init"]])
    return {
        "trained": bool(main) or len(trained) > 0,
        "initializations": text.listed(text.quoted(init) for init in inits),
        "permuted": "permutation" in set(shown["mapping"]),
        "by_name": text.listed(text.model_title(name) for name in _models_by_name(config)),
        "seeds": text.seeds(main or grid.trained_runs(config) or grid.frozen_runs(config)),
        "shared": text.listed(_shared(trained, config)),
        "training": _training(config),
        "model": _model(models[0]) if len(models) == 1 else "",
    }


def _model(name):
    """A model's title, and what its published weights are trained on."""
    return f"{text.model_title(name)}, whose published weights were trained on {text.origin(name)}"


def _models_by_name(config):
    """The models of runs that read the symbols themselves, and never word pieces in their place."""
    mappings = {}
    for run in (*grid.trained_runs(config), *grid.frozen_runs(config)):
        mappings.setdefault(run.model, set()).add(run.mapping)
    return [model for model, found in mappings.items() if found == {"identity"}]


def _training(config):
    """How long every run trains, in words; empty if tasks differ."""
    settings = [training_settings(config, task) for task in config["tasks"]]
    amounts = {(one.get("steps"), one["batch_size"]) for one in settings}
    if len(amounts) > 1 or None in (steps_and_size := amounts.pop()):
        return ""
    return "for {:,} steps with batches of {}".format(*steps_and_size)


def _networks(config):
    """The runs, encoders and initial models of a study; each has an ``init`` and a ``mapping``."""
    encoders = [encoder for of_task in measured_models.compared_encoders(config).values() for encoder in of_task]
    return [*grid.trained_runs(config), *grid.frozen_runs(config), *encoders, *measured_models.initial_models(config)]


def mapping_terms(config):
    """What each mapping of a study does."""
    kinds = {network.mapping.partition("-")[0] for network in _networks(config)}
    return [words for kind, words in MAPPINGS.items() if kind in kinds]


def initialization_terms(config):
    """The initializations of a study with what each does, in the order of the registry."""
    named = {network.init for network in _networks(config)}
    return [(text.quoted(name), init.description) for name, init in registry("init").items() if name in named]


def other_terms(config):
    """The baselines, metrics and measures of a study with their descriptions."""
    named = {
        "baseline": config["baselines"],
        "metric": dict.fromkeys(definitions.task(name)["metric"] for name in config["tasks"]),
        "measure": config["similarity"]["measures"] if config["similarity"]["tasks"] else [],
    }
    objects = [registry(kind)[name] for kind, names in named.items() for name in names]
    return [(text.capitalized(item.title), item.description) for item in objects if item.description]


def _shared(trained, config):
    """What all fine-tuning runs share, and the tables therefore leave out."""
    rates = {}  # of the networks that are compared
    for run in grid.trained_runs(config):
        rates.setdefault((run.task, run.model, run.rate), set()).add(str(grid.learning_rate_of(config, run)))
    is_one = all(len(found) == 1 for found in rates.values())
    forms = {
        "model": lambda name: f"the model is {text.model_title(name)}",
        "mapping": lambda name: f"the mapping is {name}",
        "fraction": lambda share: f"{text.percent(share)} of the training data is used",
        "rate": lambda rule: RULES[rule] if is_one else "the learning rate is that of the settings below",
    }
    return [form(trained[key].iloc[0]) for key, form in forms.items() if trained[key].nunique() == 1]
