import pytest

from foundation.errors import InputError
from tasks.catalog import ALIASES, corpus_names, find_corpus, find_text_corpus


def test_the_issues_corpora_are_there():
    assert {
        *("ner", "ncbi_disease", "bc5cdr_chem", "bc5cdr_disease", "bc5cdr"),
        *("bc2gm", "bc4chemd", "jnlpba", "linnaeus", "s800"),
        *("i2b2_2006", "i2b2_2010", "i2b2_2012", "i2b2_2014", "share_clefe"),
        *("semclinbr", "portuguese_clinical", "ebm_pico", "anatem"),
    } <= set(corpus_names())


@pytest.mark.parametrize(
    ("name", "found"),
    [
        # Of the originals' scripts.
        ("ncbi", "ncbi_disease"),
        ("NER", "ner"),
        ("bc5cdr", "bc5cdr"),
        ("clefe", "share_clefe"),
        ("i2b2_2006", "i2b2_2006"),
        # Of people.
        ("i2b2-2010", "i2b2_2010"),
        ("I2B2 2012", "i2b2_2012"),
        ("i2b22014", "i2b2_2014"),
        ("BC5CDR-Chem", "bc5cdr_chem"),
        ("BC5CDR-chemical", "bc5cdr_chem"),
        ("NCBI-disease", "ncbi_disease"),
        ("ShARe/CLEFE", "share_clefe"),
        ("EBM-NLP", "ebm_pico"),
        ("PortugueseClinicalNER", "portuguese_clinical"),
        ("Species-800", "s800"),
        (" AnatEM", "anatem"),
    ],
)
def test_names_are_found_as_people_write_them(name, found):
    assert find_corpus(name).name == found


@pytest.mark.parametrize("script", ALIASES)
def test_no_alias_hides_a_corpus_or_leads_nowhere(script):
    names = set(corpus_names(script))
    assert set(ALIASES[script].values()) <= names
    assert not {a.replace("_", "") for a in ALIASES[script]} & {
        name.replace("_", "") for name in names
    }


def test_each_corpus_is_for_one_script(root_dir):
    files = {p.stem for p in (root_dir / "tasks" / "corpora").glob("*.py")}
    names = [name for script in ALIASES for name in corpus_names(script)]
    assert sorted(names) == sorted(files - {"__init__"})


def test_unknown_names_get_the_list_and_a_guess():
    with pytest.raises(InputError) as caught:
        find_corpus("ncbi_desease")
    assert "did you mean ncbi_disease" in str(caught.value)
    assert ", s800" in str(caught.value)
    with pytest.raises(InputError, match="did you mean share_clefe"):
        find_corpus("clef")
    with pytest.raises(InputError, match=r"ddi\?.*--task_name=relation takes"):
        find_text_corpus("ddi-14", "relation")
    with pytest.raises(InputError, match="expected one of biosses, cola"):
        find_text_corpus("chemprot", "classifier")


@pytest.mark.parametrize("name", ["../ner", "", " ", "tasks.corpora.ner"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(InputError, match="unknown task"):
        find_corpus(name)
