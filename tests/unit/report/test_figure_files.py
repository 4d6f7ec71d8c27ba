"""The files of figures: what was changed is refused."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.report.figure_files import read_figure, seal_figure

SVG = b'<?xml version="1.0" encoding="utf-8"?>\n<svg width="10">\n<path d="M 1 2 L 3 4"/>\n</svg>\n'


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "effects.svg"
    path.write_bytes(SVG)
    seal_figure(path, "mine")
    return path


def test_a_figure_is_read_as_it_was_written(path):
    assert read_figure(path, "mine") == path.read_bytes()
    assert path.read_bytes().startswith(SVG)


@pytest.mark.parametrize(
    ("old", "new"), [(b"M 1", b"M 7"), (b'"10"', b'"1"'), (b"/>\n", b"/>\r\n"), (b"<path", b"<!-- --><path")]
)
def test_a_figure_that_was_changed_is_refused(path, old, new):
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(
        InputError, match=r"effects\.svg was changed, .*; delete it and run `snakemake --cores 2 report`"
    ):
        read_figure(path, "mine")


def test_a_figure_of_another_study_is_refused(path):
    with pytest.raises(InputError, match=r"or that of another study than other"):
        read_figure(path, "other")


@pytest.mark.parametrize("content", [b"", b"<svg>", b"\xff\xfe", b'<?xml version="1.0" encoding="x"?><svg/>'])
def test_what_is_no_figure_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"effects\.svg is incomplete or was changed \(.*\); delete it"):
        read_figure(path, "mine")


def test_a_figure_without_a_checksum_or_under_another_name_is_refused(path):
    renamed = path.rename(path.with_name("curves.svg"))
    path.write_bytes(SVG)
    for figure in (path, renamed):
        with pytest.raises(InputError, match=r"its last line is not its checksum; delete it and run"):
            read_figure(figure, "mine")


def test_a_missing_figure_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.svg is missing; run scripts/make_figures\.py first"):
        read_figure(tmp_path / "gone.svg", "mine")
