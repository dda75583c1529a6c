"""scripts/format_text.py: text files to documents, and Portuguese to blocks."""

import gzip
import json
import stat
import unicodedata

import pytest
from absl import flags

import create_pretraining_data
from cli import pretraining_run
from foundation.errors import InputError
from preprocessing.records import read_examples
from preprocessing.tokenization import load_wordpiece
from tests.scripts.script_runs import load_script

# Wrapped as a note is; what is between two marks is a sentence.
NOTES = [
    "Doente do sexo feminino, 34 anos, enviada pelo Dr. Simões à consulta "
    "de\ncefaleias em Maio de 2008. Medicada com indometacina 50 mg 3x/dia "
    "(p.ex.\napós o almoço).\n\nExame objectivo:\n- TA 120/80 mmHg\n"
    "- Força grau 4/5 no membro superior esquerdo\n\nNão há alterações.",
    "Você sente náuseas? Nega vômitos. Cirurgia do coração em 2003: "
    "sem complicações.",
]
SENTENCES = [
    [
        "Doente do sexo feminino, 34 anos, enviada pelo Dr. Simões à consulta "
        "de cefaleias em Maio de 2008.",
        "Medicada com indometacina 50 mg 3x/dia (p.ex. após o almoço).",
        "Exame objectivo:",
        "- TA 120/80 mmHg",
        "- Força grau 4/5 no membro superior esquerdo",
        "Não há alterações.",
    ],
    [
        "Você sente náuseas?",
        "Nega vômitos.",
        "Cirurgia do coração em 2003: sem complicações.",
    ],
]
EXPECTED = "".join("\n".join(lines) + "\n\n" for lines in SENTENCES)


@pytest.fixture(scope="module")
def script(root_dir):
    return load_script(root_dir, "format_text")


@pytest.fixture
def run(script, tmp_path):
    output = tmp_path / "out" / "notas.txt"

    def run_flags(path, *given):
        fv = flags.FlagValues()
        script.define_flags(fv)
        files = [f"--input_file={path}", f"--output_file={output}"]
        fv(["x", *files, "--sentence_splitter=rules-pt", *given])
        script.format_text(fv)
        return output.read_bytes().decode()

    return run_flags


def write_notes(folder, form="NFC"):
    folder.mkdir(exist_ok=True)
    for number, note in enumerate(NOTES):
        path = folder / f"{number}.txt"
        path.write_bytes(unicodedata.normalize(form, note).encode())
    return folder / "*.txt"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_portuguese_notes(run, tmp_path, form, caplog, capsys):
    text = run(write_notes(tmp_path / "notas", form))
    assert text == EXPECTED
    warnings = [r for r in caplog.records if r.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "0600" in warnings[0].getMessage()
    assert "2 documents, 9 sentences; 0 without text" in capsys.readouterr().out
    mode = (tmp_path / "out" / "notas.txt").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_accents_as_they_are(run, tmp_path):
    text = run(write_notes(tmp_path / "notas", "NFD"), "--unicode_form=none")
    assert unicodedata.normalize("NFC", text) == EXPECTED
    assert "a\u0303" in text


def in_one_file(unit):
    if unit == "jsonl":
        rows = [{"nota": text} for text in (*NOTES, " ")]
        return "\n".join(map(json.dumps, rows)) + "\n"
    marks = {"blank_line": "\n\n\n", "line": "\n"}
    flat = [note.replace("\n", " ") for note in NOTES]
    return "\ufeff" + marks[unit].join(flat)


@pytest.mark.parametrize("unit", ["blank_line", "line", "jsonl"])
def test_many_documents_in_one_file(run, tmp_path, unit, capsys):
    path = tmp_path / "notas.gz"
    path.write_bytes(gzip.compress(in_one_file(unit).encode()))
    key = ["--text_key=nota"] if unit == "jsonl" else []
    text = run(path, f"--documents={unit}", *key)
    said = capsys.readouterr().out
    assert "2 documents" in said
    if unit == "jsonl":
        assert text == EXPECTED
        assert "1 without text" in said
    else:
        assert text.split() == EXPECTED.split()
        assert text.split("\n\n")[1] == EXPECTED.split("\n\n")[1]


@pytest.mark.parametrize(
    ("content", "given", "said"),
    [
        ("canary", ["--documents=jsonl"], ":1: a line holds no text"),
        ('{"text": 7}', ["--documents=jsonl"], "a line holds no text"),
        ('{"text": "\\ud800"}', ["--documents=jsonl"], "holds no text"),
        ("x", ["--text_key=y"], "--documents=jsonl"),
        ("x", ["--sentence_splitter=canary2"], "no such sentence splitter"),
        (b"canary \xe9", [], ":1: .*not UTF-8"),
    ],
)
def test_refusals(run, tmp_path, content, given, said):
    path = tmp_path / "in.txt"
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(data)
    with pytest.raises(InputError, match=said) as caught:
        run(path, *given)
    assert "canary " not in f"{caught.value} "[len(str(path)) :]
    assert not (tmp_path / "out" / "notas.txt").exists()


def test_text_that_is_there_stays(run, tmp_path):
    path = write_notes(tmp_path / "notas")
    run(path)
    with pytest.raises(InputError, match="--overwrite_output"):
        run(path)
    assert run(path, "--overwrite_output") == EXPECTED


def vocabulary_of(text, folder):
    """Writes a cased vocabulary of each letter, accents among them."""
    letters = sorted({letter for letter in text if not letter.isspace()})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    pieces += [f"##{letter}" for letter in letters]
    path = folder / "vocab.txt"
    path.write_bytes(("\n".join(pieces) + "\n").encode())
    return path


def blocks_of(root_dir, text_file, vocabulary):
    """Makes BioBERTpt's blocks of a file as its recipe says; returns ids."""
    recipe = root_dir / "scripts/recipes/biobertpt_pretraining_data.flags"
    records = vocabulary.parent / "records" / "notas.tfrecord"
    fv = flags.FlagValues()
    create_pretraining_data.define_flags(fv)
    values = {
        "flagfile": recipe,
        "input_file": text_file,
        "vocab_file": vocabulary,
        "output_file": records,
        "block_size": 64,
    }
    fv(["x", *[f"--{name}={value}" for name, value in values.items()]])
    assert pretraining_run.run_all(fv) == 0
    return read_examples(str(records))["input_ids"].tolist()


def check_blocks(rows, text, vocabulary):
    """Checks that blocks are the text's pieces, in any order of blocks."""
    tokenizer = load_wordpiece(str(vocabulary), lower_case=False)
    wanted = tokenizer.encode(" ".join(text.split()))
    assert tokenizer.unk_id not in wanted
    # What is left over at the end is dropped, as in Hugging Face's script.
    blocks = [wanted[i : i + 62] for i in range(0, len(wanted) - 61, 62)]
    assert all(len(row) == 64 for row in rows)
    assert sorted(row[1:-1] for row in rows) == sorted(blocks)
    shown = "".join(tokenizer.pieces(wanted)).replace("##", "")
    assert shown == "".join(text.split())


def test_raw_portuguese_to_the_blocks_of_biobertpt(run, root_dir, tmp_path):
    text = run(write_notes(tmp_path / "notas", "NFD"))
    vocabulary = vocabulary_of(text, tmp_path)
    rows = blocks_of(root_dir, tmp_path / "out" / "notas.txt", vocabulary)
    check_blocks(rows, text, vocabulary)


@pytest.mark.shared
def test_real_portuguese_to_the_blocks_of_biobertpt(
    run, root_dir, tmp_path, shared_dir
):
    """60 real notes; their sentences joined to a line, then found again."""
    folder = shared_dir / "data" / "corpus" / "pt-neurology"
    text = (folder / "pt_neurology_docs.txt").read_text(encoding="utf-8")
    notes = text.split("\n\n")[:60]
    path = tmp_path / "notas.txt"
    path.write_bytes("\n".join(n.replace("\n", " ") for n in notes).encode())
    made = run(path, "--documents=line")
    assert made.split() == unicodedata.normalize("NFC", " ".join(notes)).split()
    found = [set(d.split("\n")) for d in made.split("\n\n")]
    wanted = [n.split("\n") for n in notes]
    hits = sum(s in d for n, d in zip(wanted, found, strict=False) for s in n)
    assert hits > 0.8 * sum(map(len, wanted))
    vocabulary = vocabulary_of(made, tmp_path)
    rows = blocks_of(root_dir, tmp_path / "out" / "notas.txt", vocabulary)
    check_blocks(rows, made, vocabulary)
