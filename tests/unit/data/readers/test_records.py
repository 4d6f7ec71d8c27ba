"""JSON records."""

import pytest

from beyondtext.data.readers import records
from beyondtext.data.tally import Tally
from inputs import assert_refused, write


def read_records(folder, **parts):
    files = {}
    for name, content in parts.items():
        files |= write(folder, f"{name}.json", content)
    options = {"files": {n: f"{n}.json" for n in parts}, "columns": {"id": "id", "sequence": "primary", "target": "y"}}
    return records.read(files, options, folder, Tally()).to_dict("list")


def test_records_are_read_and_a_target_may_be_in_a_list_of_its_own(tmp_path):
    table = read_records(
        tmp_path,
        train='[{"id": "0", "primary": "MK", "y": [1.5]}, {"id": "1", "primary": "ML", "y": 2}]',
        test='[{"id": "0", "primary": "MV", "y": [-1]}]',
    )
    assert table == {
        "split": ["train", "train", "test"],
        "id": ["train-1-0", "train-2-1", "test-1-0"],
        "sequence": ["MK", "ML", "MV"],
        "target": ["1.5", "2", "-1"],
    }


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("{", ["not valid JSON"]),
        ("{}", ["contains a JSON value of type dict, but a list of records was expected"]),
        ("[]", ["contains an empty list, but a list of records was expected"]),
        ('[{"id": 1, "primary": "M"}]', ["record 1 does not have a single value at 'y'", "options.columns"]),
        ('[{"id": 1, "primary": "M", "y": [1, 2]}]', ["record 1 does not have a single value at 'y'"]),
        ('[{"id": 1, "primary": "", "y": 1}]', ["record 1 does not have a single value at 'primary'"]),
        ("[3]", ["record 1 does not have a single value"]),
    ],
)
def test_the_problem_of_a_file_is_reported(tmp_path, content, texts):
    assert_refused(["train.json", *texts], read_records, tmp_path, train=content)
