import hashlib
import shutil

from reporting import provenance


def write(path, text="x = 1\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_code_is_told_by_its_sources(tmp_path, monkeypatch):
    write(tmp_path / "cli" / "__init__.py", "")
    write(tmp_path / "tests" / "__init__.py", "")
    write(tmp_path / "cli" / "a.py")
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    first = provenance.code_version()
    assert first["commit"] is None  # no checkout
    seen = [first["sources"]]
    for name in (
        *("cli/a.py", "cli/part/b.py", "cli/characters.txt", "run_ner.py"),
        *("scripts/c.py", "scripts/recipes/r.flags"),
    ):
        write(tmp_path / name, "x = 2\n")
        seen.append(provenance.code_version()["sources"])
    assert len(set(seen)) == len(seen)


def test_what_runs_leave_beside_the_sources_is_no_code(tmp_path, monkeypatch):
    write(tmp_path / "cli" / "__init__.py", "")
    write(tmp_path / "tests" / "__init__.py", "")
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    first = provenance.code_version()["sources"]
    write(tmp_path / "my_runs" / "seed_1" / "run.flags")
    write(tmp_path / "build" / "lib" / "cli" / "__init__.py")
    write(tmp_path / ".venv" / "lib" / "a.py")
    write(tmp_path / "tests" / "test_a.py")
    assert provenance.code_version()["sources"] == first


def test_this_checkout_has_a_commit(root_dir):
    if not (root_dir / ".git").exists() or not shutil.which("git"):
        return
    code = provenance.code_version()
    assert len(code["commit"]) == 40
    assert isinstance(code["clean"], bool)
    assert code["version"]


def test_the_processor_is_named():
    found = provenance.processor(threads=3, gpu=None)
    assert found["device"] == "CPU"
    assert found["threads"] == 3
    assert found["name"]


def test_variables_that_scores_depend_on_are_kept(monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    assert "environment" not in provenance.processor(threads=1, gpu=None)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    found = provenance.processor(threads=1, gpu=None)
    assert found["environment"] == {"TF_ENABLE_ONEDNN_OPTS": "0"}


def test_files_are_named_with_their_digest(tmp_path):
    for name in ("b.txt", "a.json"):
        (tmp_path / name).write_bytes(name.encode())
    found = provenance.model_files([str(p) for p in tmp_path.iterdir()])
    assert list(found) == ["a.json", "b.txt"]
    assert found["b.txt"] == hashlib.sha256(b"b.txt").hexdigest()
