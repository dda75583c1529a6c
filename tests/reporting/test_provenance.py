import hashlib
import shutil

from reporting import provenance


def test_the_code_is_told_by_its_sources(tmp_path, monkeypatch):
    (tmp_path / "cli").mkdir()
    (tmp_path / "tests").mkdir()
    source = tmp_path / "cli" / "a.py"
    source.write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    first = provenance.code_version()
    assert first["commit"] is None  # no checkout
    (tmp_path / "tests" / "b.py").write_text("y = 1\n", encoding="utf-8")
    assert provenance.code_version()["sources"] == first["sources"]
    source.write_text("x = 2\n", encoding="utf-8")
    changed = provenance.code_version()["sources"]
    assert changed != first["sources"]
    (tmp_path / "r.flags").write_text("--x\n", encoding="utf-8")
    assert provenance.code_version()["sources"] != changed


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


def test_files_are_named_with_their_digest(tmp_path):
    for name in ("b.txt", "a.json"):
        (tmp_path / name).write_bytes(name.encode())
    found = provenance.model_files([str(p) for p in tmp_path.iterdir()])
    assert list(found) == ["a.json", "b.txt"]
    assert found["b.txt"] == hashlib.sha256(b"b.txt").hexdigest()
