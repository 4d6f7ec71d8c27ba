# From results to tables, figures and a page in results/<study>/. The sections in scripts/beyondtext/report/sections/
# say which tables and figures there are.

from beyondtext.report import figure_files, sections

# Titles, descriptions, licences and notes are also in the report.
NAMES = {"tasks": TASKS, "models": MODELS, "sources": SOURCES}
DEFINITIONS = sorted({path for kind in NAMES for name in NAMES[kind] for path in definitions.files(kind, name)})
TABLE_NAMES = [name for name in sections.tables() if name != "rates"]  # which has a rule of its own
TABLES, FIGURES, PAGE = paths.tables(config["name"]), paths.figures(config["name"]), paths.report(config["name"])
FIGURE_FILES = [f"{FIGURES}/{file}" for name in sections.figures(config) for file in figure_files.files(name)]


rule report:
    input:
        PAGE,


rule make_rates:
    """The validation scores behind each choice of a learning rate; they need only the trials, not the reported runs."""
    input:
        list(CHOICES),
    output:
        multiext(f"{TABLES}/rates", ".csv", ".tex"),
    log:
        f"{paths.LOGS}/report/rates.log",
    conda:
        "../envs/report.yaml"
    params:
        *code_digests("make_tables.py", "envs/report.yaml"),
    shell:
        logged(f"python scripts/make_tables.py rates --choices {{input}} --output {TABLES} --study {WHOLE['name']}")


rule make_tables:
    """The other tables of every section, each number with its interval."""
    input:
        # A folder that has this file is complete. Listing the other files of each run would double the time that the
        # graph takes.
        runs=[f"{directory}/run.json" for directory in BASELINES | FROZEN | TRAINED],
        examples=expand(paths.EXAMPLE_COUNTS, task=TASKS),
        similarity=rules.similarity.input,
        trainability=rules.trainability.input,
        published=["config/published.csv", "config/published_similarity.csv"],
        definitions=DEFINITIONS,
    output:
        expand(f"{TABLES}/{{table}}.{{suffix}}", table=TABLE_NAMES, suffix=["csv", "tex"]),
        f"{TABLES}/metrics.json",
    log:
        f"{paths.LOGS}/report/tables.log",
    conda:
        "../envs/report.yaml"
    params:
        *code_digests("make_tables.py", "envs/report.yaml"),
        tables=TABLE_NAMES,
        config=as_json(WHOLE),
    shell:
        logged("python scripts/make_tables.py {params.tables} --config {params.config}")


rule make_figures:
    """The figures of every section, as SVG for wide and for narrow screens, and as PNG."""
    input:
        rules.make_tables.output,
        DEFINITIONS,
    output:
        FIGURE_FILES,
    log:
        f"{paths.LOGS}/report/figures.log",
    conda:
        "../envs/report.yaml"
    params:
        *code_digests("make_figures.py", "envs/report.yaml"),
        config=as_json(WHOLE),
    shell:
        logged("python scripts/make_figures.py --config {params.config}")


rule make_report:
    """One self-contained page; only its links to the tables lead to other files."""
    input:
        rules.make_tables.output,
        rules.make_rates.output,
        rules.make_figures.output,
        DEFINITIONS,
    output:
        report(
            PAGE,
            caption="../docs/report-caption.rst",
            category="beyondtext",
        ),
    log:
        f"{paths.LOGS}/report/page.log",
    conda:
        "../envs/report.yaml"
    params:
        *code_digests("make_report.py", "envs/report.yaml", *sections.templates()),
        config=as_json(WHOLE),
    shell:
        logged("python scripts/make_report.py --config {params.config}")
