import pytest

from foundation.errors import InputError
from tasks.readers import read_tagged_sentences

WORDS = [("Low", "serum", "sodium"), ("None", ".")]
TAGS = [("O", "O", "B-Drug"), ("O", "O")]
PLAIN = "Low\tO\nserum\tO\nsodium\tB-Drug\n\nNone\tO\n.\tO\n"


@pytest.fixture
def read(tmp_path):
    def _read(content, **options):
        path = tmp_path / "train.tsv"
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return read_tagged_sentences(str(path), **options)

    return _read


def _csv(text):
    return text.replace("\t", ",")


VARIANTS = {
    "plain": PLAIN,
    "final blank line": PLAIN + "\n",
    "no final line feed": PLAIN.rstrip("\n"),
    "BOM": "\ufeff" + PLAIN,
    "CRLF": PLAIN.replace("\n", "\r\n"),
    "CR": PLAIN.replace("\n", "\r"),
    "repeated blank lines": "\n\n" + PLAIN.replace("\n\n", "\n\n\n\n"),
    "blank lines of blanks": PLAIN.replace("\n\n", "\n \t\n"),
    "spaces": PLAIN.replace("\t", " "),
    "runs of spaces": PLAIN.replace("\t", "   "),
    "commas": _csv(PLAIN),
    "commas and quotes": _csv(PLAIN).replace(".,O", '".","O"'),
    "header": "token\tlabel\n" + PLAIN,
    "header and blank line": "word\ttag\n\n" + PLAIN,
    "header and BOM": "\ufeffword\ttag\n" + PLAIN,
    "header with spaces": "token label\n" + PLAIN.replace("\t", " "),
    "header of an own name": "Token\tClinical\n" + PLAIN,
    "document starts": "-DOCSTART- -X- O O\n\n" + PLAIN,
    "document starts in columns": "-DOCSTART-\tO\n" + PLAIN,
    "comments": "###doc 1\n" + PLAIN,
    "quoted cells": "\n".join(
        line and '"' + line.replace("\t", '"\t"') + '"'
        for line in PLAIN.split("\n")
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_reads_the_same(read, name):
    sentences = read(VARIANTS[name])
    assert [s.words for s in sentences] == WORDS
    assert [s.tags for s in sentences] == TAGS


def test_extra_columns_are_passed_over(read):
    rows = PLAIN.replace("\t", "\tNN\t12\t")
    assert [s.tags for s in read(rows)] == TAGS
    rows = "a\tB-X\t12\nb\tO\t13\n"
    (sentence,) = read(rows, tag_column=1)
    assert sentence.tags == ("B-X", "O")
    (sentence,) = read("7 a B-X\n8 b O\n", word_column=1)
    assert sentence.words == ("a", "b")


def test_kaggle_layout_with_a_sentence_column(read):
    rows = (
        "Sentence #,Word,POS,Tag\n"
        "Sentence: 1,Low,JJ,O\n,serum,NN,O\n,sodium,NN,B-Drug\n"
        'Sentence: 2,None,NN,O\n,".",.,O\n'
    )
    sentences = read(rows)
    assert [s.words for s in sentences] == WORDS
    assert [s.tags for s in sentences] == TAGS
    assert [s.line for s in sentences] == [2, 5]


def test_a_class_called_label_is_not_a_header(read):
    (sentence,) = read("word\tlabel\nx\tlabel\ny\tO\n")
    assert sentence.words == ("word", "x", "y")


def test_line_numbers_lead_to_the_words(read):
    sentences = read("token\tlabel\n\n" + PLAIN)
    assert [s.line for s in sentences] == [3, 7]


def test_odd_spaces_do_not_split_words(read):
    words = ("10\u00a0mg", "a\u2028b", "x\x0by", "p\x85q", "New York", "\u200b")
    rows = "".join(f"{word}\tO\n" for word in words)
    (sentence,) = read(rows)
    assert sentence.words == words
    (sentence,) = read("10\u00a0mg O\nb O\n")
    assert sentence.words[0] == "10\u00a0mg"


def test_words_that_look_like_other_things(read):
    words = ("#", "# 1", '"', "-X-", ",", "###", "O", "token", "")
    (sentence,) = read("".join(f"{word}\tO\n" for word in words))
    assert sentence.words == words


def test_spaced_files_may_have_lines_of_different_widths(read):
    (sentence,) = read("a NN O\nb B-X\nc NN x y I-X\n")
    assert sentence.words == ("a", "b", "c")
    assert sentence.tags == ("O", "B-X", "I-X")


def test_spaced_file_with_commas_is_not_a_csv(read):
    (sentence,) = read("a O\n, O\nb,c O\nd O\n")
    assert sentence.words == ("a", ",", "b,c", "d")


def test_a_file_without_tags(read):
    (sentence,) = read("a b\nc\n", separator="tab", tag_column=None)
    assert sentence.words == ("a b", "c")
    assert sentence.tags == ()


def test_given_separator(read):
    (sentence,) = read("a b|O\nc|B-X\n", separator="|")
    assert sentence.words == ("a b", "c")
    with pytest.raises(InputError, match="separator"):
        read("a O\n", separator="tabs")


SECRET = "Ann"


@pytest.mark.parametrize(
    ("content", "where", "part"),
    [
        (f"a\tO\n{SECRET}\nb\tO\n", ":2:", "got 1 separated by tabs"),
        (f"a\tO\n{SECRET} B\nb\tO\n", ":2:", "expected 2"),
        (f"a\tx\tO\n{SECRET}\tO\n", ":2:", "got 2 separated by tabs"),
        (f"a,O\n{SECRET},b,O\n" + "c,O\n" * 20, ":2:", "separated by commas"),
        (f"{SECRET}\nb\n", ":1:", "got 1 separated by spaces"),
        (f"a O\n{SECRET}\n", ":2:", "at least 2"),
        (f"a\tO\nb\t{SECRET} has it\n", ":2:", "not shaped like a tag"),
        (f"a\tO\n{SECRET}\t\nb\tO\n", ":2:", "got 0 characters"),
        ("\n \n", "train.tsv:", "no sentences"),
        ("", "train.tsv:", "empty"),
        (b"a\tO\n\x00\x01", "train.tsv:", "not a text file"),
        (b"a\tO\nb\xe9\tO\n", ":2:", "not UTF-8"),
        (
            "".join(f"a\tT{i}\n" for i in range(201)),
            ":201:",
            "more than 200 different values",
        ),
    ],
)
def test_bad_files_are_explained_without_their_text(read, content, where, part):
    with pytest.raises(InputError) as caught:
        read(content)
    message = str(caught.value)
    assert where in message
    assert part in message
    assert "Next:" in message
    assert SECRET not in message


def test_missing_and_folder(tmp_path):
    with pytest.raises(InputError, match="missing"):
        read_tagged_sentences(str(tmp_path / "none.tsv"))
    with pytest.raises(InputError, match="folder"):
        read_tagged_sentences(str(tmp_path))


def test_word_and_tag_must_be_two_columns(read):
    with pytest.raises(InputError, match="at least 4"):
        read("a b O\n", word_column=2)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "num_sentences", "num_words", "num_entities"),
    [
        ("mtl-format/NCBI-disease-IOB/test.tsv", 940, 24497, 960),
        ("biobert-format/NCBI-disease/train.tsv", 5424, 135701, 5134),
        ("biobert-format/s800/devel.tsv", 830, 22217, 384),
        ("biobert-format/BC5CDR-chem/test.tsv", 4797, 124750, 5385),
    ],
)
def test_real_files_have_their_published_counts(
    shared_dir, name, num_sentences, num_words, num_entities
):
    path = shared_dir / "data" / "ner" / name
    sentences = read_tagged_sentences(str(path))
    assert len(sentences) == num_sentences
    assert sum(len(s.words) for s in sentences) == num_words
    tags = [tag for s in sentences for tag in s.tags]
    assert sum(tag.startswith("B") for tag in tags) == num_entities
