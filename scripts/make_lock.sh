#!/usr/bin/env bash
# Writes requirements.lock and requirements-beam.lock anew from pyproject.toml.
# They pin every package that a developer's environment and one of Apache Beam
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
# The extra alone, without what the kit needs elsewhere (TensorFlow).
.venv/bin/python -c '
import tomllib  # of Python 3.11
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
print(*project["optional-dependencies"]["beam"], sep="\n")' |
    lock requirements-beam.lock - "$@"
