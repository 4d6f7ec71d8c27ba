"""What a study found, as Markdown; that it is what the READMEs say is tested with the documentation."""

import pandas as pd

from beyondtext.report.finding import SCORES, finding
from beyondtext.report.sections import verdict_words


def test_the_finding_is_the_pages_sentences_and_a_row_for_each_task(three):
    paragraph, blank, head, line, *rows = finding(three.tables, three.config)
    verdicts = three.tables["verdicts"]
    assert paragraph == " ".join(verdict_words.sentences(verdicts, "test_score")) and blank == ""
    assert head == f"| task (score) | {' | '.join(SCORES)} | what the report says |"
    assert line.count("---") == head.count("|") - 1
    assert [row.removesuffix(" | Your data cannot answer this |") for row in rows] == [
        "| Splice junctions: DNA (accuracy) | 0.83 | 0.62 | – | – | **0.88** | 0.50",
        "| GB1 binding: protein (Spearman correlation) | **1.00** | 0.98 | – | – | 0.98 | 0.00",
    ]


def test_scores_that_are_shown_equal_are_both_the_highest(three):
    verdicts = three.tables["verdicts"].assign(score=0.512, scratch=0.508, frozen=-0.1)
    tables = {name: three.tables[name] for name in ("advice", "candidates", "runs", "effects", "effects_groups")}
    *_, row = finding({**tables, "verdicts": verdicts.assign(kmer=0.3)}, three.config)
    assert "| **0.51** | **0.51** | −0.10 | – | 0.30 |" in row


def test_a_study_without_verdicts_has_its_answers_in_short(three):
    tables = {name: three.tables[name] for name in ("advice", "candidates", "runs", "effects", "effects_groups")}
    assert finding({**tables, "verdicts": three.tables["verdicts"][:0]}, three.config) == [
        "On Splice junctions and GB1 binding, the data cannot answer the question."
    ]


def test_scores_just_below_zero_are_shown_as_zero(three):
    verdicts = three.tables["verdicts"].assign(score=-0.001, scratch=-0.004, frozen=-0.006, kmer=-0.0)
    tables = {name: three.tables[name] for name in ("advice", "candidates", "runs", "effects", "effects_groups")}
    *_, row = finding({**tables, "verdicts": verdicts}, three.config)
    assert "| **0.00** | **0.00** | −0.01 | – | **0.00** |" in row


def test_a_task_with_several_rows_has_the_first(three):
    verdicts = three.tables["verdicts"]
    both = {name: three.tables[name] for name in ("advice", "candidates", "runs", "effects", "effects_groups")}
    both["verdicts"] = pd.concat([verdicts, verdicts.assign(rate="chosen")])
    assert finding(both, three.config)[2:] == finding(three.tables, three.config)[2:]
