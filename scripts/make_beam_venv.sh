#!/usr/bin/env bash
# Makes .venv-beam from requirements-beam.lock; called by `make beam`.
#
#   scripts/make_beam_venv.sh STAMP
#
# What workers of Apache Beam need, and no TensorFlow. STAMP is a file inside
# .venv-beam that is written last, and its name holds the hash of the lock. A
# changed lock, or an install that was interrupted, starts over.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=$1
python=.venv-beam/bin/python

# Prints .venv's Python, or the first one that would do for it.
find_python() {
    local candidate
    local -a candidates=(.venv/bin/python python3.11 python3 python3.12
        python3.10)
    [ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
    for candidate in "${candidates[@]}"; do
        if "$candidate" -c '
import ensurepip, sys, venv
sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "make beam: no usable Python: got ${PYTHON:-none}," \
        "expected Python 3.10, 3.11 or 3.12 with the venv module." \
        "Next: name one: make beam PYTHON=/path/to/python3.11" >&2
    return 1
}

# Installs with .venv's uv where there is one, else with pip.
install() {
    if .venv/bin/uv --version >/dev/null 2>&1 &&
        VIRTUAL_ENV=.venv-beam .venv/bin/uv pip install --quiet "$@"; then
        return
    fi
    "$python" -m pip install --quiet --disable-pip-version-check "$@"
}

base=$(find_python)
"$base" -m venv --clear .venv-beam
echo "make beam: installing requirements-beam.lock into .venv-beam (0.6 GB)"
install --no-deps -r requirements-beam.lock
install --no-deps --no-build-isolation --config-settings editable_mode=compat \
    -e .

# Proves that it loads. Beam warns of Google's libraries that it has not found.
"$python" -c '
import logging
logging.disable()
import apache_beam, cli.pretraining_units'
touch "$stamp"
