import pytest

from foundation.errors import InputError
from preprocessing import vocabulary
from preprocessing.tokenization import infer_lower_case, load_wordpiece
from preprocessing.vocabulary import read_pieces

TOP = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"


@pytest.fixture
def write(tmp_path):
    def write_vocabulary(data):
        path = tmp_path / "vocab.txt"
        path.write_bytes(data)
        return str(path)

    return write_vocabulary


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["empty"]),
        (TOP + b"a\n\nb\n", ["hole", ":7:", "1 empty of 8"]),
        (TOP + b"a\n \t\nb\n", ["hole", ":7:"]),
        (b"\n" + TOP, ["hole", ":1:"]),
        (TOP.replace(b"\n", b"\r\n"), [":1:", "5 carriage", "tr -d '\\r'"]),
        (TOP + b"a\r\nb\n", [":6:", "1 carriage"]),
        (b"[PAD]\n[UNK]\n[SEP]\na\n", ["no [CLS] in 4 lines"]),
        (TOP.lower() + b"a\n", ["no [UNK] [CLS] [SEP]", "but [unk] [cls]"]),
        (b"<pad>\t0\n<unk>\t0\n[CLS]\t0\n", ["--spm_model_file"]),
        (TOP + b"a\0b\n", ["not a text file"]),
        (TOP + b"ma\xe7\xe3\n", ["UTF-8", ":6:"]),
    ],
)
def test_a_bad_vocabulary_is_one_line_that_says_what_to_do(write, data, words):
    path = write(data)
    for read in (read_pieces, infer_lower_case):
        with pytest.raises(InputError) as caught:
            read(path)
        message = str(caught.value)
        assert message.startswith(path)
        assert "got" in message
        assert "expected" in message
        assert "Next: " in message
        assert "\n" not in message
        for word in words:
            assert word in message


@pytest.mark.parametrize("name", ["absent.txt", "."])
def test_no_file_and_a_folder(tmp_path, name):
    with pytest.raises(InputError, match=r"is missing|is a folder"):
        read_pieces(str(tmp_path / name))


def test_what_is_accepted_as_in_the_original(write):
    path = write(b"\xef\xbb\xbf" + TOP + b" a \n\xe2\x80\xa8\na\n\n\n")
    assert read_pieces(path)[5:] == ("a", "", "a")  # U+2028 is no hole
    tokenizer = load_wordpiece(path, lower_case=True)
    assert tokenizer.vocab_size == 8
    assert tokenizer.encode("a") == [7]  # the later of two equal lines
    assert tokenizer.pieces([5, 7]) == ["a", "a"]


def test_the_last_line_may_lack_its_end(write):
    assert read_pieces(write(TOP + b"a"))[-1] == "a"


def test_ids_of_special_tokens_are_their_lines(write):
    path = write(b"a\n[UNK]\nb\n[SEP]\n[CLS]\n")
    tokenizer = load_wordpiece(path, lower_case=True)
    ids = (tokenizer.unk_id, tokenizer.cls_id, tokenizer.sep_id)
    assert ids == (1, 4, 3)
    assert tokenizer.pad_id == 0  # as in the original
    with pytest.raises(InputError, match=r"no \[MASK\]"):
        _ = tokenizer.mask_id
    assert load_wordpiece(write(TOP), lower_case=True).mask_id == 4


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ("a\n##b\n", True),
        ("a\nThe\n", False),
        ("é\n", True),
        ("É\n", False),
        ("1\n##2\n中\n", None),
        ("[unused1]\n[A]\na\n", True),
        ("\n".join(["piece"] * 999) + "\nA\n", True),  # as SciBERT's
        ("\n".join(["piece"] * 90) + "\nA\n", False),
    ],
)
def test_casing_is_seen_in_the_pieces(write, pieces, expected):
    assert infer_lower_case(write(TOP + pieces.encode())) is expected


def test_casing_of_the_bundled_vocabularies(golden_dir):
    folder = golden_dir / "tokenization"
    assert infer_lower_case(str(folder / "vocab_uncased_2k.txt")) is True
    assert infer_lower_case(str(folder / "vocab_cased_2k.txt")) is False


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("bert-base-cased", 28996, False),
        ("bert-base-uncased", 30522, True),
        ("scibert-scivocab-uncased", 31090, True),  # published with a hole
    ],
)
def test_casing_of_published_vocabularies(shared_dir, name, size, expected):
    path = str(shared_dir / "data" / "vocab" / name / "vocab.txt")
    assert infer_lower_case(path) is expected
    assert len(read_pieces(path)) == size


@pytest.mark.shared
def test_the_published_hole_is_the_only_one_allowed(shared_dir, write):
    folder = shared_dir / "data" / "vocab" / "scibert-scivocab-uncased"
    data = (folder / "vocab.txt").read_bytes()
    with pytest.raises(InputError, match="hole"):
        read_pieces(write(data.replace(b"\nafternoon\n", b"\nafternoons\n")))
    assert len(vocabulary._PUBLISHED_WITH_HOLE) == 1
