"""extract_features.py: the original's lines, and arrays, of both families."""

from __future__ import annotations

import itertools
import json
import signal

import numpy as np
import pytest

from foundation.errors import InputError
from inference.feature_lines import FeatureLines
from tests.feature_runs import extract
from training.interruption import Interrupted

TOLERANCE = 1e-5  # DESIGN 2.7
PAIR = "Loss of APC was found . ||| Cells grow . ||| Axin binds APC"


@pytest.fixture(scope="module")
def model_flags(fixtures_dir, golden_dir):
    """The flags of the bundled models: one names a folder, one its files."""
    albert = golden_dir / "albert_tiny"
    return {
        "bert": {"init_checkpoint": fixtures_dir / "demo_checkpoint"},
        "albert": {
            "init_checkpoint": albert / "model.ckpt-200",
            "albert_config_file": albert / "albert_config.json",
            "spm_model_file": golden_dir / "tokenization" / "spm_2k.model",
        },
    }


@pytest.fixture(scope="module")
def sample(fixtures_dir, tmp_path_factory):
    """The lines whose vectors are in the golden files."""
    path = fixtures_dir / "sample_corpus" / "abstracts.txt"
    lines = path.read_text("utf-8").split("\n")[:12]
    copy = tmp_path_factory.mktemp("input") / "input.txt"
    copy.write_text("\n".join(lines) + "\n", "utf-8")
    return copy


@pytest.mark.parametrize("family", ["bert", "albert"])
def test_vectors_are_those_of_transformers(
    model_flags, fixtures_dir, sample, tmp_path, family
):
    output = tmp_path / "out" / "vectors.npz"
    extract(
        input_file=sample,
        output_file=output,
        output_format="npz",
        layers="-1,-2",
        vectors="mean,cls,pooled_output,tokens",
        batch_size=5,
        **model_flags[family],
    )
    expected = np.load(fixtures_dir / "masked_lm" / f"{family}.npz")
    found = np.load(output, allow_pickle=False)
    for name in ("mean", "cls", "pooled_output"):
        assert found[name].dtype == np.float32
        np.testing.assert_allclose(
            found[name], expected[name], atol=TOLERANCE, rtol=0, err_msg=name
        )
    starts = found["token_rows"]
    np.testing.assert_array_equal(np.diff(starts), found["num_pieces"])
    first = found["token_vectors"][starts[:-1]]
    np.testing.assert_array_equal(first, found["cls"])
    assert found["layers"].tolist() == [-1, -2]
    assert not found["num_cut"].any()


def test_json_lines_are_the_originals(model_flags, tmp_path):
    source, output = tmp_path / "input.txt", tmp_path / "output.jsonl"
    text = f"  Who was it ?\r\n\n{PAIR}\nA ||| \nno end"
    source.write_bytes(text.encode())
    # The command of BERT's README, with the script's path changed.
    flags = {"input_file": source, "max_seq_length": 128, "batch_size": 8}
    folder = model_flags["bert"]["init_checkpoint"]
    files = {
        "vocab_file": folder / "vocab.txt",
        "bert_config_file": folder / "bert_config.json",
        "init_checkpoint": folder / "model.ckpt-3000",
        "do_lower_case": True,
        "use_tpu": False,
        "num_tpu_cores": 8,
        "use_one_hot_embeddings": False,
    }
    extract(output_file=output, layers="-1,0", **flags, **files)
    lines = output.read_bytes().decode("ascii").split("\n")
    assert lines.pop() == ""
    rows = [json.loads(line) for line in lines]
    assert [row["linex_index"] for row in rows] == [0, 1, 2, 3, 4]
    pieces = [[f["token"] for f in row["features"]] for row in rows]
    assert pieces[0] == ["[CLS]", "who", "was", "it", "?", "[SEP]"]
    assert pieces[1] == ["[CLS]", "[SEP]"]
    assert pieces[2].count("|") == 3  # the last bars part the texts
    assert pieces[2].count("[SEP]") == 2
    assert pieces[3].count("|") == 3  # bars at the end part nothing
    assert list(rows[0]) == ["linex_index", "features"]
    feature = rows[2]["features"][1]
    assert list(feature) == ["token", "layers"]
    assert [layer["index"] for layer in feature["layers"]] == [-1, 0]
    assert json.dumps(rows[2]) == lines[2]

    arrays = tmp_path / "vectors.npz"
    extract(
        output_file=arrays,
        output_format="npz",
        vectors="tokens",
        layers="-1,0",
        **flags,
        **files,
    )
    exact = np.load(arrays)
    start, end = exact["token_rows"][2:4]
    written = [
        [layer["values"] for layer in f["layers"]] for f in rows[2]["features"]
    ]
    rounded = [
        [[round(float(v), 6) for v in of] for of in piece]
        for piece in exact["token_vectors"][start:end]
    ]
    assert written == rounded
    segments = exact["segment_ids"][start:end].tolist()
    assert segments == sorted(segments)
    assert segments.count(1) == len(pieces[2]) - pieces[2].index("[SEP]") - 1


@pytest.mark.parametrize("family", ["bert", "albert"])
@pytest.mark.parametrize("kind", ["mean", "first"])
def test_words_have_the_vectors_of_their_pieces(
    model_flags, tmp_path, family, kind
):
    source, output = tmp_path / "input.txt", tmp_path / "vectors.npz"
    lines = [f"  \t{PAIR}", "", "Adenomatous-polyposis \u200b\x01 (coli) x"]
    source.write_text("\n".join(lines), "utf-8")
    extract(
        input_file=source,
        output_file=output,
        output_format="npz",
        layers="-1",
        vectors="words,tokens",
        word_vector=kind,
        **model_flags[family],
    )
    found = np.load(output)
    rows, spans = found["word_rows"], []
    for number, line in enumerate(lines):
        part = slice(*rows[number : number + 2])
        places = zip(
            found["word_starts"][part], found["word_ends"][part], strict=True
        )
        spans.append([line[start:end] for start, end in places])
    first, second = PAIR.rsplit(" ||| ", 1)
    assert spans[0] == [*first.split(), *second.split()]
    assert spans[1] == []
    assert spans[2] == lines[2].split()
    counts = found["word_num_pieces"]
    # What is left: [CLS], [SEP], and [SEP] of the pair.
    specials = np.array([3, 2, 2])
    num_words = [counts[a:b].sum() for a, b in itertools.pairwise(rows)]
    np.testing.assert_array_equal(found["num_pieces"] - specials, num_words)
    last = slice(*rows[2:4])
    without = counts[last] == 0
    if family == "bert":  # controls have no piece
        assert without.tolist() == [False, True, False, False]
    vectors = found["word_vectors"]
    assert np.isnan(vectors[last][without]).all()
    assert not np.isnan(vectors[counts > 0]).any()
    start = found["token_rows"][2] + 1
    pieces = found["token_vectors"][start : start + counts[last][0]]
    assert len(pieces) > 1
    expected = pieces.mean(axis=0) if kind == "mean" else pieces[0]
    np.testing.assert_allclose(vectors[last][0], expected, atol=1e-6)


def test_what_has_no_room_is_counted(model_flags, tmp_path):
    source, output = tmp_path / "input.txt", tmp_path / "vectors.npz"
    source.write_text("one two three four\nx ||| one two three four\n")
    extract(
        input_file=source,
        output_file=output,
        output_format="npz",
        vectors="words",
        max_seq_length=5,
        layers="0",
        do_lower_case=True,
        **model_flags["bert"],
    )
    found = np.load(output)
    assert found["num_pieces"].tolist() == [5, 5]
    cut = found["num_cut"]
    assert (cut > 0).all()
    missing = found["word_num_pieces"] == 0
    assert missing.any()
    assert np.isnan(found["word_vectors"][missing]).all()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"layers": "-3"}, "expected -1 to -2 from the last, or 0 to 1"),
        ({"layers": None}, "got -3, -4"),  # the default, of two layers
        ({"layers": "last"}, "--layers is no list of numbers"),
        ({"vectors": "mean"}, "--vectors=mean without --output_format=npz"),
        (
            {"output_format": "npz", "vectors": "mean,all"},
            "--vectors names no vectors",
        ),
        (
            {"output_format": "npz", "word_vector": "first"},
            "--word_vector=first without --vectors=words",
        ),
        ({"use_tpu": True}, "this script does not run on a TPU"),
        ({"max_seq_length": 129}, "beyond the model's positions"),
        ({"init_checkpoint": None}, "there is no model"),
        ({"input_file": None}, "there is no text to read"),
        ({"output_file": None}, "there is no file to write to"),
        ({"do_lower_case": False}, "contradicts the vocabulary"),
    ],
)
def test_refusals(model_flags, sample, tmp_path, flags, message):
    output = tmp_path / "output"
    given = {"input_file": sample, "output_file": output}
    with pytest.raises(InputError, match=message):
        extract(**{**given, **model_flags["bert"], **flags})
    assert not output.exists()


def test_nothing_is_overwritten_unasked(model_flags, sample, tmp_path):
    output = tmp_path / "output"
    output.write_text("mine")
    given = {"input_file": sample, "output_file": output, "layers": -1}
    given |= model_flags["bert"]
    with pytest.raises(InputError, match="the output is there already"):
        extract(**given)
    assert output.read_text() == "mine"
    with pytest.raises(InputError, match="what is read would be overwritten"):
        extract(**{**given, "output_file": sample, "overwrite_output": True})
    extract(**given, overwrite_output=True)
    assert output.read_text().count("\n") == 12


def test_a_folder_trained_here_says_how_it_reads(trained_dir, tmp_path):
    source, output = tmp_path / "input.txt", tmp_path / "vectors.npz"
    source.write_text("the " * 60 + "\n")
    extract(
        input_file=source,
        output_file=output,
        output_format="npz",
        layers=-1,
        init_checkpoint=trained_dir,
    )
    assert np.load(output)["num_pieces"].tolist() == [48]  # as it was trained


def test_a_signal_leaves_nothing_behind(
    model_flags, sample, tmp_path, monkeypatch
):
    add = FeatureLines.add

    def add_and_stop(self, *args):
        add(self, *args)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(FeatureLines, "add", add_and_stop)
    given = {"input_file": sample, "output_file": tmp_path / "output"}
    with pytest.raises(Interrupted, match="Wrote nothing"):
        extract(**given, layers=-1, **model_flags["bert"])
    assert list(tmp_path.iterdir()) == []
