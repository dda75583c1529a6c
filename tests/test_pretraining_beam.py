"""create_pretraining_data.py on Apache Beam's DirectRunner."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time

import pytest

from preprocessing.corpus_units import units
from preprocessing.manifest import NAME
from tests import beam_environment
from tests.test_create_pretraining_data import run

UNIT = 0.008  # MB: a handful of units of the sample
SMALL_UNIT = 0.001  # MB: a document or so
SCRIPT = """
import importlib.util, runpy, sys
sys.argv[0] = "create_pretraining_data.py"
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    assert "tensorflow" not in sys.modules
    assert "tf_keras" not in sys.modules
"""


@pytest.fixture(scope="module")
def beam_python():
    return beam_environment.find_python()


@pytest.fixture
def given(tmp_path, fixtures_dir, golden_dir):
    """Flags of a run in units into tmp_path/out."""
    outputs = [tmp_path / "out" / name for name in ("a.tfrecord", "b.tfrecord")]
    return {
        "input_file": fixtures_dir / "sample_corpus" / "abstracts.txt",
        "output_file": ",".join(map(str, outputs)),
        "vocab_file": golden_dir / "tokenization" / "vocab_uncased_2k.txt",
        "max_seq_length": 64,
        "dupe_factor": 2,
        "held_out_fraction": 0.3,
        "unit_megabytes": UNIT,
    }


def flags_of(values):
    return [f"--{name}={value}" for name, value in values.items()]


def run_beam(python, root_dir, **values):
    return subprocess.run(
        [
            python,
            "create_pretraining_data.py",
            *flags_of({"runner": "DirectRunner"} | values),
        ],
        cwd=root_dir,
        capture_output=True,
        text=True,
        check=False,
    )


def everything(folder):
    """Returns the bytes of all files below a folder, by path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write_bad_text(path, given):
    """Writes text with a bad line where the first look does not come.

    It sees the start of 16 units; of more than 32 the second is not among
    them. Returns the number of the line.
    """
    text = given["input_file"]
    found = list(units([str(text)], SMALL_UNIT))
    assert len(found) > 32
    data = text.read_bytes()
    start = found[1].parts[0].start
    path.write_bytes(data[:start] + b"canaryqx \xff\n" + data[start:])
    return data[:start].count(b"\n") + 1


def of_local_engine(given, tmp_path, **change):
    """Makes the records without Beam; returns their bytes."""
    values = given | {"num_workers": 1} | change
    assert run(**values) == 0
    folder = tmp_path / "out"
    found = everything(folder)
    shutil.rmtree(folder)
    assert NAME in found
    assert sum(name.startswith("a-") for name in found) > 4
    return found


def errors_of(done):
    return [x for x in done.stderr.splitlines() if x.startswith("ERROR:")]


@pytest.mark.slow
@pytest.mark.parametrize("family", ["bert", "albert"])
@pytest.mark.parametrize("num_workers", [None, 2])
def test_the_bytes_are_those_of_the_local_engine(
    beam_python, root_dir, given, tmp_path, family, num_workers
):
    if family == "albert":
        model = given["vocab_file"].with_name("spm_2k.model")
        del given["vocab_file"]
        given |= {"spm_model_file": model}
    expected = of_local_engine(given, tmp_path)
    more = {} if num_workers is None else {"num_workers": num_workers}
    done = run_beam(beam_python, root_dir, **given | more)
    assert done.returncode == 0, done.stderr
    assert everything(tmp_path / "out") == expected
    assert f"{len(expected) // 4} units made, 0 kept" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("num_workers", [1, 2])
def test_what_is_sound_is_kept(
    beam_python, root_dir, given, tmp_path, num_workers
):
    expected = of_local_engine(given, tmp_path)
    assert run(**given | {"num_workers": 1}) == 0
    folder = tmp_path / "out"
    damaged, lost, *kept = sorted(folder.glob("a-*"))
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    lost.unlink()
    nodes = [path.stat().st_ino for path in kept]
    half_written = folder / f"{kept[0].name}.tmp-12345678123456789"
    half_written.touch()
    done = run_beam(beam_python, root_dir, **given, num_workers=num_workers)
    assert done.returncode == 0, done.stderr
    assert everything(folder) == expected
    assert [path.stat().st_ino for path in kept] == nodes
    assert f"{damaged.name} was damaged" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("num_workers", [1, 2])
def test_a_units_error_is_one_line(
    beam_python, root_dir, given, tmp_path, num_workers
):
    path = tmp_path / "text.txt"
    line = write_bad_text(path, given)
    change = {"input_file": path, "unit_megabytes": SMALL_UNIT}
    done = run_beam(
        beam_python, root_dir, **given | change | {"num_workers": num_workers}
    )
    assert done.returncode == 2, done.stderr
    (said,) = errors_of(done)
    assert said.startswith(f"ERROR: {path}:{line}: the corpus is not UTF-8")
    assert "running" not in said
    assert "canaryqx" not in done.stderr + done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"runner": "FlyingRunner"}, "Unexpected pipeline runner"),
        (
            {"pipeline_options": "--direct_num_workers=x"},
            "invalid int value: 'x'",
        ),
    ],
)
def test_what_beam_does_not_know(
    beam_python, root_dir, given, tmp_path, change, expected
):
    done = run_beam(beam_python, root_dir, **given | change)
    assert done.returncode == 2, done.stderr
    (said,) = errors_of(done)
    assert expected in said
    assert not list((tmp_path / "out").glob("a*"))


@pytest.fixture
def job_server(beam_python, tmp_path):
    """Starts a job server, as Flink and Spark have one; yields its address."""
    path = tmp_path / "port"
    server = subprocess.Popen(
        [
            beam_python,
            "-m",
            "apache_beam.runners.portability.local_job_service_main",
            f"--port_file={path}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while not (path.exists() and path.read_text().strip()):
        assert server.poll() is None
        assert time.monotonic() < end
        time.sleep(0.1)
    yield f"localhost:{path.read_text().strip()}"
    server.terminate()
    server.wait()


@pytest.mark.slow
def test_a_job_server_of_another_process(
    beam_python, root_dir, given, tmp_path, job_server
):
    expected = of_local_engine(given, tmp_path)
    options = f"--job_endpoint={job_server} --environment_type=LOOPBACK"
    change = {"runner": "PortableRunner", "pipeline_options": options}
    done = run_beam(beam_python, root_dir, **given | change)
    assert done.returncode == 0, done.stderr
    assert everything(tmp_path / "out") == expected
    path = tmp_path / "text.txt"
    line = write_bad_text(path, given)
    change |= {"input_file": path, "output_file": tmp_path / "other" / "a"}
    change |= {"unit_megabytes": SMALL_UNIT}
    done = run_beam(beam_python, root_dir, **given | change)
    assert done.returncode == 2, done.stderr
    (said,) = errors_of(done)
    assert said.startswith(f"ERROR: {path}:{line}: the corpus is not UTF-8")
    assert "running" not in said


@pytest.mark.slow
def test_remote_paths_without_tensorflow(given, tmp_path):
    expected = of_local_engine(given, tmp_path)
    text, vocabulary = given["input_file"], given["vocab_file"]
    bucket = tmp_path / "mem" / "bucket"
    bucket.mkdir(parents=True)
    shutil.copy(text, bucket)
    shutil.copy(vocabulary, bucket)
    values = given | {
        "runner": "DirectRunner",
        "input_file": "mem://bucket/abs*.txt",
        "vocab_file": f"mem://bucket/{vocabulary.name}",
        "output_file": "mem://bucket/out/a.tfrecord,mem://bucket/out/b.tfrecord",
    }
    for _ in range(2):  # the second time all is there
        done = beam_environment.run_program(
            SCRIPT, *flags_of(values), folder=tmp_path / "mem"
        )
        assert done.returncode == 0, done.stderr
        found = everything(bucket / "out")
        assert found.keys() == expected.keys()
        for name, data in expected.items():  # manifests name the input
            assert name.endswith(NAME) or found[name] == data
    assert f"0 units made, {len(expected) // 4} kept" in done.stderr


@pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is not None,
    reason="Apache Beam is installed here",
)
def test_without_beam_the_command_is_named(given):
    from tests.test_create_pretraining_data import refusal

    said = refusal(**given, runner="DirectRunner")
    assert "--runner needs Apache Beam" in said
    assert ".venv-beam/bin/python create_pretraining_data.py" in said
