"""From a user's file to the definition of a study: what the file contains, and why that is believed.

`inspect` returns `Findings`, `write` writes them as three YAML files. The steps are modules of their own: the format
(`formats`), the fields of the records (`headers`, `tables`, `music`), which of these is what (`roles`), and what the
values mean (`targets`, `content`, `published`). In the end the workflow's own reader and preparation read the data, so
that an inspection and a study cannot disagree.
"""
