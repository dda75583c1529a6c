"""What tables call their kinds of notes -> the 15 categories of MIMIC-III.

MIMIC-III has trailing blanks ("Physician "), MIMIC-IV-Note has codes, and the
scripts of clinicalBERT have file names of their own ("nursing_other"): all of
them are understood. What is none of the 15 is "Other": a table's own words
become no file name.
"""

from __future__ import annotations

import re

CATEGORIES = (
    "Case Management",
    "Consult",
    "Discharge summary",
    "ECG",
    "Echo",
    "General",
    "Nursing",
    "Nursing/other",
    "Nutrition",
    "Pharmacy",
    "Physician",
    "Radiology",
    "Rehab Services",
    "Respiratory",
    "Social Work",
)
OTHER = "Other"
ALL = (*CATEGORIES, OTHER)
_CODES = {  # note_type of MIMIC-IV-Note 2.2
    "ds": "Discharge summary",
    "ad": "Discharge summary",  # an addendum
    "rr": "Radiology",
    "ar": "Radiology",  # an addendum
}

_WORD = re.compile(r"[^\W_]+")


def file_stem(category: str) -> str:
    """Returns what a category's file is called: "nursing_other".

    The names of clinicalBERT's finetune_lm_tf.sh.
    """
    return category.lower().replace("/", "_").replace(" ", "_")


_BY_STEM = {file_stem(category): category for category in ALL}


def find_category(value: str) -> str | None:
    """Returns the category that a table or a person names; None = no one."""
    stem = "_".join(_WORD.findall(value.lower()))
    return _BY_STEM.get(stem) or _CODES.get(stem)
