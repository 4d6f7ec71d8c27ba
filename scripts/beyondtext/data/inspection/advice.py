"""What to do about a problem, in the options of the command line.

The readers and the preparation name the keys of a task's file, which does not exist while data are inspected.
"""

import re

OPTIONS = {  # in place of what is said about keys
    r"set options\.quotes to false": "give --quotes no",
    r"set options\.quotes to true": "give --quotes yes",
    r"correct options\.delimiter: it seems to be": "give --delimiter",
    r"set options\.skip if options\.header is given although the file has a header": "give --header yes if the first "
    "line names the columns",
    r"correct the record, or set options\.empty to drop": "fill in what is missing, or delete the record",
    r",( or, in a table or FASTA,| or) set options\.empty to drop": "",
    r'set target\.decimal to ","': "give --decimal comma",
    r'set target\.decimal to "\."': "give --decimal point",
    r"merge it with another class by target\.labels, leave it out by target\.classes and target\.others, or choose "
    "other fractions": "merge it with another class in the file, or leave it out with --smallest-class RECORDS",
    r"provide more data or other fractions": "provide more data",
    r"which split\.groups keeps in one split": "which is kept in one split",
    r"remove split\.groups so that": "give --relatives apart so that",
    r"check the split rule, max_length and the caps": "check --split and --max-length",
    r"check the target, the split rule and the caps": "check --target and --split",
    r"check the split rule and the caps": "check --target and --split",
    r"check target, repeats, symbols and max_length": "check --target, --repeats, --alphabet and --max-length",
    r"correct symbols\.alphabet": "correct --alphabet",
    r"leave the group id out of options\.header": "give --id none",
}


def in_options(message):
    """A message with options of the command line in place of keys, where there are such options."""
    for keys, options in OPTIONS.items():
        message = re.sub(keys, options, message)
    return message
