# Results to tables, figures and results/report.html. The sections in scripts/beyondtext/report/sections/ say which tables
# and figures there are.

from beyondtext.report import sections

# Titles, descriptions, licences and notes are in the report, too.
DEFINITIONS = [
    *[f"config/tasks/{name}.yaml" for name in TASKS],
    *[f"config/models/{name}.yaml" for name in MODELS],
    *[f"config/sources/{name}.yaml" for name in SOURCES],
]


rule report:
    input:
        paths.REPORT,


rule make_tables:
    """All results to the tables of every section, each number with its interval."""
    input:
        # A folder that has this file is complete. With the other files of each run the graph takes twice the time.
        runs=[f"{directory}/run.json" for directory in BASELINES | TRAINED],
        examples=expand(paths.EXAMPLE_COUNTS, task=TASKS),
        choices=list(CHOICES),
        similarity=rules.similarity.input,
        trainability=rules.trainability.input,
        published="config/published.csv",
        definitions=DEFINITIONS,
    output:
        expand(f"{paths.TABLES}/{{table}}.{{suffix}}", table=sections.tables(), suffix=["csv", "tex"]),
        f"{paths.TABLES}/metrics.json",
    log:
        "results/logs/report/tables.log",
    conda:
        "../envs/report.yaml"
    params:
        config=as_json(WHOLE),
        code=code_digest("make_tables.py", "envs/report.yaml"),
    shell:
        "python scripts/make_tables.py --config {params.config:q} 2>&1 | tee {log}"


rule make_figures:
    """The figures of every section, as SVG and PNG."""
    input:
        rules.make_tables.output,
        DEFINITIONS,
    output:
        expand(f"{paths.FIGURES}/{{figure}}.{{suffix}}", figure=sections.figures(config), suffix=["svg", "png"]),
    log:
        "results/logs/report/figures.log",
    conda:
        "../envs/report.yaml"
    params:
        config=as_json(WHOLE),
        code=code_digest("make_figures.py", "envs/report.yaml"),
    shell:
        "python scripts/make_figures.py --config {params.config:q} 2>&1 | tee {log}"


rule make_report:
    """One self-contained page; only its links to the tables lead to other files."""
    input:
        rules.make_tables.output,
        rules.make_figures.output,
        DEFINITIONS,
    output:
        report(
            paths.REPORT,
            caption="../docs/report-caption.rst",
            category="beyondtext",
        ),
    log:
        "results/logs/report/page.log",
    conda:
        "../envs/report.yaml"
    params:
        config=as_json(WHOLE),
        code=code_digest("make_report.py", "envs/report.yaml", *sections.templates()),
    shell:
        "python scripts/make_report.py --config {params.config:q} 2>&1 | tee {log}"
