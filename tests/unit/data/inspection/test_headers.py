"""The fields of FASTA headers, and the expressions that find them."""

import re

import pytest

from beyondtext.data.inspection.headers import layouts


def fields(headers, number=0):
    """The values of all fields in one of the layouts, by default in the first."""
    _, found = list(layouts(headers))[number]
    return {name: list(field.values) for name, field in found.items()}


def matched(headers, roles, number=0):
    """What the reader's expression finds in each header."""
    layout, _ = list(layouts(headers))[number]
    pattern = re.compile(layout.expression(roles))
    return [pattern.search(header).groupdict() for header in headers]


def test_fields_by_position_and_by_name():
    headers = ["a1 kinase class=x set=train", "a2 other set=test class=y"]
    assert fields(headers) == {
        "id": ["a1", "a2"],
        "field2": ["kinase", "other"],
        "class": ["x", "y"],
        "set": ["train", "test"],
    }
    assert matched(headers, {"target": "field2", "split": "set"}) == [
        {"target": "kinase", "split": "train"},
        {"target": "other", "split": "test"},
    ]


@pytest.mark.parametrize("separator", ["\t", "|", " | ", ";", "; ", " ", "  "])
def test_separators(separator):
    headers = [separator.join(parts) for parts in (("a1", "x", "1.5"), ("a2", "y", "2"))]
    assert fields(headers) == {"id": ["a1", "a2"], "field2": ["x", "y"], "field3": ["1.5", "2"]}
    assert matched(headers, {"target": "field3", "id": "id"})[0] == {"target": "1.5", "id": "a1"}


def test_values_with_blanks_between_vertical_bars():
    headers = ["a1 | cell wall | train", "a2 | cell membrane | test"]
    assert fields(headers)["field2"] == ["cell wall", "cell membrane"]


def test_named_values_with_blanks_reach_up_to_the_next_name_or_the_end():
    many = [f"a{row} place={'cell wall' if row % 2 else 'plastid'} class={row % 3}" for row in range(12)]
    assert set(fields(many)["place"]) == {"cell wall", "plastid"}
    places = ["cytoplasm"] * 185 + ["cell wall"] * 8 + ["cell membrane"] * 7
    for form in ("a{} place={}", "a{} place={} score=1", "a{} | place={} | score=1", "a{};place={};score=1"):
        assert fields([form.format(row, place) for row, place in enumerate(places)])["place"] == places
    species = [f"Homo {chr(97 + row % 10)}{chr(97 + row % 60 // 10)}" for row in range(120)]
    assert fields([f"a{row} organism={name}" for row, name in enumerate(species)])["organism"] == species
    units = [f"{row * 1.37:.2f} {'uM' if row % 3 else 'nM'}" if row % 2 else f"{row}.5" for row in range(40)]
    assert fields([f"a{row} affinity={value}" for row, value in enumerate(units)])["affinity"] == units


@pytest.mark.parametrize("words", ["some words {}", "P{:05}", "the {} of many proteins"])
def test_a_description_after_a_named_value_is_not_part_of_it_and_is_named(words):
    layout, found = next(layouts([f"a{row} class={'xy'[row % 2]} {words.format(row)}" for row in range(12)]))
    assert set(found["class"].values) == {"x", "y"}
    assert len(layout.cut["class"]) == 12 and layout.cut["class"][0] == f"x {words.format(0)}"


@pytest.mark.parametrize("form", ["a{} class={}{sign} score=1", "a{} class={} {sign} score=1", "a{} class={}{sign}"])
@pytest.mark.parametrize("sign", [";", ",", "|"])
@pytest.mark.parametrize("names", ["ab", ("cell wall", "plastid")])
def test_signs_between_named_fields_are_not_part_of_the_values(names, sign, form):
    headers = [
        form.format(row, names[row % 2], sign=sign) if row % 3 else f"a{row} score=1{sign} class={names[row % 2]}"
        for row in range(12)
    ]
    assert set(fields(headers)["class"]) == set(names)


def test_names_in_brackets():
    headers = ["lcl|1 [gene=abc] [location=1..5 (+)] [class=x]", "lcl|2 [gene=d e] [location=7] [class=y]"]
    found = fields(headers)
    assert (found["gene"], found["class"], found["location"]) == (["abc", "d e"], ["x", "y"], ["1..5 (+)", "7"])


@pytest.mark.parametrize("names", [("[Fe] lyase", "[Fe] ligase"), ("a [x] b [y]", "a [x] b [z]"), ("c[1]", "c[2]")])
@pytest.mark.parametrize("form", ["p{row} [class={name}]", "p{row} [gene=g{row}] [class={name}] [loc=1..{row}]"])
def test_values_in_brackets_may_have_others_within_them(names, form):
    headers = [form.format(row=row, name=names[row % 2]) for row in range(20)]
    assert fields(headers)["class"] == [names[row % 2] for row in range(20)]
    found = [match["target"] for match in matched(headers, {"target": "class"})]
    assert found == [names[row % 2] for row in range(20)]


def test_a_bracket_that_is_never_closed_divides_nothing_else():
    headers = [f"p{row} [class=x[{row % 2}] [gene=g{row}]" for row in range(20)]
    assert fields(headers)["class"] == [f"x[{row % 2}" for row in range(20)]


def aside(headers, name):
    """Why a field is not used by itself."""
    _, found = next(layouts(headers))
    return found[name].aside


@pytest.mark.parametrize("sign", ["|", ";", ","])
@pytest.mark.parametrize("names", [("A{}B", "A{}C", "B"), ("A{}B", "A{}C"), ("A", "B{}C{}D")])
@pytest.mark.parametrize("form", ["p{row}{sign}loc={name}{sign}x=1", "p{row}{sign}loc={name}{sign}"])
def test_a_value_that_a_sign_may_cut_has_no_role_by_itself(sign, names, form):
    names = [name.replace("{}", sign) for name in names]
    headers = [form.format(row=row, sign=sign, name=names[row % len(names)]) for row in range(60)]
    whole = next(name for name in names if sign in name)
    assert aside(headers, "loc") == f"it may end too early, at a sign within '{whole}'"


@pytest.mark.parametrize("sign", ["|", ";", ","])
def test_a_sign_within_a_value_that_divides_no_fields_is_part_of_it(sign):
    names = [f"A{sign}B", f"A{sign}C", "B"]
    headers = [f"p{row} loc={names[row % 3]} x={row}" for row in range(60)]
    assert fields(headers)["loc"] == [names[row % 3] for row in range(60)] and not aside(headers, "loc")


@pytest.mark.parametrize("form", ["p{row}|loc={name}|human|x=1", "p{row}|loc={name}|", "p{row} loc={name}; x=2"])
def test_what_follows_every_value_is_another_field(form):
    headers = [form.format(row=row, name="AB"[row % 2]) for row in range(60)]
    assert not aside(headers, "loc") and fields(headers)["loc"] == ["AB"[row % 2] for row in range(60)]


SPECIES = ["Homo sapiens", "Mus musculus", "Danio rerio"]


@pytest.mark.parametrize(
    "form",
    [
        "a{row} class={name} [organism={species}]",
        "a{row} [organism={species}] class={name}",
        "a{row} class={name}; [organism={species}] score={row}",
        "a{row} [gene=x{row}] class={name} [organism={species}] [note=(1..5)]",
        "a{row} [organism={species};id={row}] class={name}",
        "a{row} [id=G:{row}, organism={species}] class={name}",
    ],
)
@pytest.mark.parametrize("names", ["ab", ("cell wall", "plastid"), ("a;b", "c[1]")])
def test_brackets_around_some_fields_change_nothing_for_the_others(names, form):
    if ";" in names[0] and "class={name};" in form:
        names = ("a,b", "c[1]")
    headers = [form.format(row=row, name=names[row % 2], species=SPECIES[row % 3]) for row in range(120)]
    found = fields(headers)
    assert found["class"] == [names[row % 2] for row in range(120)]
    assert found["organism"] == [SPECIES[row % 3] for row in range(120)]


def test_ensembls_headers():
    headers = [
        f"ENSP{row}.1 pep chromosome:GRCh38:{row % 22}:{row}:{row + 50}:1 gene_biotype:{'xy'[row % 2]} "
        f"description:kinase {row} of many [Source:HGNC Symbol;Acc:HGNC:{row}]"
        for row in range(60)
    ]
    found = fields(headers)
    assert set(found["gene_biotype"]) == {"x", "y"} and set(found["Source"]) == {"HGNC Symbol"}
    assert found["Acc"][:2] == ["HGNC:0", "HGNC:1"]


def test_an_open_bracket_in_an_id_does_not_enclose_what_follows():
    assert fields([f"a[{row} class={'xy'[row % 2]} score={row}" for row in range(12)])["class"] == ["x", "y"] * 6


def test_a_name_before_a_colon_is_none_at_the_beginning():
    headers = ["chr1:100-200 gene:A strand:+", "chr2:300-400 gene:B strand:-"]
    assert fields(headers) == {
        "id": ["chr1:100-200", "chr2:300-400"],
        "gene": ["A", "B"],
        "strand": ["+", "-"],
    }


def test_a_name_that_some_headers_lack():
    headers = ["a1 class=x note=new", "a2 class=y", "a3 class=x note=old"]
    assert fields(headers)["note"] == ["new", "", "old"]
    assert matched(headers, {"target": "class", "group": "note"})[1] == {"target": "y", "group": None}


def test_an_optional_field_at_the_end():
    headers = ["a1 x", "a2 y test", "a3 x"]
    assert fields(headers)["field3"] == ["", "test", ""]
    found = matched(headers, {"target": "field2", "split": "field3"})
    assert [match["split"] for match in found] == [None, "test", None]


def test_the_words_of_a_description_are_set_aside():
    headers = ["a1 the first protein x", "a2 another y", "a3 one more of these x"]
    _, found = next(layouts(headers))
    assert {name: field.aside for name, field in found.items()} == {
        "id": "",
        "field2": "a word of a description",
        "field3": "a word of a description",
        "last": "a word of a description",
    }
    assert [match["target"] for match in matched(headers, {"target": "last"})] == ["x", "y", "x"]


@pytest.mark.parametrize("sign", ["-", "_", "/", ":", "|"])
def test_a_field_with_the_same_separator_inside(sign):
    separator = " " if sign == "|" else "|"
    values = [f"{start}{sign}{end}" for start in ("wall.of", "plastid") for end in ("M", "S")]
    headers = [separator.join((f"a{row}", value)) for row, value in enumerate(values)]
    found = fields(headers)
    if sign == "|":  # a separator itself
        assert found["id"] == ["a0 wall.of", "a1 wall.of", "a2 plastid", "a3 plastid"]
        return
    assert found["field2"] == values
    assert found["field2.start"] == ["wall.of", "wall.of", "plastid", "plastid"]
    assert found["field2.end"] == ["M", "S", "M", "S"]
    assert matched(headers, {"target": "field2.end"})[3] == {"target": "S"}


def test_a_part_that_says_no_more_than_the_whole_is_no_field():
    headers = ["a1 alpha-helix", "a2 beta-sheet", "a3 alpha-helix"]
    assert set(fields(headers)) == {"id", "field2"}


def test_parts_of_the_only_word():
    joined = [f"seq{row}_train_{name}" for row, name in enumerate(("x", "y", "x"))]
    assert fields(joined, 1) == {"id": ["seq0", "seq1", "seq2"], "field2": ["train"] * 3, "field3": ["x", "y", "x"]}
    uneven = ["a_1_x", "b_y"]
    assert fields(uneven, 1) == {"id": uneven, "id.start": ["a_1", "b"], "id.end": ["x", "y"]}
    with_digits = ["pos1", "neg22"]
    assert fields(with_digits, 1)["id.start"] == ["pos", "neg"]


def test_accessions_of_one_letter_and_digits_have_no_parts():
    assert [list(found) for _, found in layouts(["P12345", "Q67890"])] == [["id"]]


def test_biotrainers_validation_set_is_part_of_the_training_set():
    headers = ["a SET=train VALIDATION=True", "b VALIDATION=False SET=train", "c VALIDATION=False SET=test"]
    _, found = next(layouts(headers))
    assert list(found["SET"].values) == ["True", "train", "test"]
    assert found["VALIDATION"].aside == "part of the split"
    assert [match["split"] for match in matched(headers, {"split": "SET"})] == ["True", "train", "test"]
