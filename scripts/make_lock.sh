#!/usr/bin/env bash
# Writes requirements.lock, requirements-beam.lock and
# requirements-huggingface.lock anew from pyproject.toml. They pin every package
# that a developer's environment, one of Apache Beam and one of transformers
# hold, for Python 3.10, 3.11 and 3.12.
set -euo pipefail
cd "$(dirname "$0")/.."

# Writes the lock named first; the rest is for uv.
lock() {
    local name=$1
    shift
    {
        echo "# Made by scripts/make_lock.sh from pyproject.toml; do not edit."
        .venv/bin/uv pip compile "$@" --universal --python-version 3.10 \
            --no-annotate --no-header --quiet
    } >"$name.new"
    mv "$name.new" "$name"
}

lock requirements.lock pyproject.toml --extra dev "$@"
# Prints what an extra asks for, without what the kit needs elsewhere
# (TensorFlow).
extra() {
    .venv/bin/python -c '
import sys, tomllib  # of Python 3.11
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
print(*project["optional-dependencies"][sys.argv[1]], sep="\n")' "$1"
}

extra beam | lock requirements-beam.lock - "$@"

# The versions that docs/fidelity.md tells of. PyTorch computes on the CPU here:
# scripts/make_huggingface_venv.sh installs the build that needs no CUDA.
{
    extra huggingface
    echo "torch==2.13.0"
    echo "transformers==5.23.0 ; python_version >= '3.11'" # its oldest Python
} | lock requirements-huggingface.lock - "$@"
sed -i.old -E '/^(cuda|nvidia|triton)/d' requirements-huggingface.lock
rm requirements-huggingface.lock.old
