"""scripts/convert_annotations.py as a command."""

from tests.scripts.script_runs import REPORT_TENSORFLOW, run_program


def test_a_conversion_and_its_account(root_dir, tmp_path):
    (tmp_path / "a.txt").write_text("No Zyxwyth , but chest pain .\n")
    (tmp_path / "a.con").write_text(
        'c="zyxwyth" 1:1 1:1||t="problem"\n'
        'c="chest pain" 1:4 1:5||t="problem"\n'
    )
    done = run_program(
        root_dir,
        "-c",
        REPORT_TENSORFLOW,
        "scripts/convert_annotations.py",
        "--from_format=i2b2_2010",
        "--to_format=conll",
        f"--input={tmp_path}",
        f"--output_dir={tmp_path / 'out'}",
    )
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stderr
    assert done.stderr.count("mode 0600") == 1
    assert "annotations: 2\nentities written: 2\n" in done.stdout
    assert "Zyxwyth" not in done.stdout + done.stderr
    assert (tmp_path / "out" / "train.tsv").read_text() == (
        "No\tO\nZyxwyth\tB-problem\n,\tO\nbut\tO\nchest\tB-problem\n"
        "pain\tI-problem\n.\tO\n\n"
    )
