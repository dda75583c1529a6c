"""Kinds of notes, whatever a table calls them."""

import pytest

from preprocessing.clinical import categories


@pytest.mark.parametrize(
    ("value", "category"),
    [
        ("Physician ", "Physician"),
        ("Nursing/other", "Nursing/other"),
        ("nursing_other", "Nursing/other"),
        ("DISCHARGE  SUMMARY", "Discharge summary"),
        ("Case Management ", "Case Management"),
        ("DS", "Discharge summary"),
        ("RR", "Radiology"),
        ("Nursing / Other", "Nursing/other"),
        ("rehab-services", "Rehab Services"),
        ("Discharge Summary.", "Discharge summary"),
        ("Radiology report", None),
        ("Não", None),
        ("other", "Other"),
        ("Mr. Jones", None),
        ("", None),
    ],
)
def test_find_category(value, category):
    assert categories.find_category(value) == category


def test_files_are_called_as_in_the_scripts_of_clinicalbert():
    # finetune_lm_tf.sh lists them in a comment.
    names = (
        "discharge_summary physician nursing nursing_other radiology general "
        "respiratory consult nutrition case_management pharmacy "
        "rehab_services social_work ecg echo"
    )
    stems = {categories.file_stem(name) for name in categories.CATEGORIES}
    assert stems == set(names.split())
