#!/usr/bin/env bash
# Makes .venv-huggingface from requirements-huggingface.lock; called by
# `make huggingface`.
#
#   scripts/make_huggingface_venv.sh STAMP
#
# PyTorch and transformers, which read what we export; nothing of the kit and no
# TensorFlow. STAMP is a file inside .venv-huggingface that is written last, and
# its name holds the hash of the lock. A changed lock, or an install that was
# interrupted, starts over.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=$1
lock=requirements-huggingface.lock
python=.venv-huggingface/bin/python
cpu_wheels=https://download.pytorch.org/whl/cpu

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
    echo "make huggingface: no usable Python: got ${PYTHON:-none}," \
        "expected Python 3.10, 3.11 or 3.12 with the venv module." \
        "Next: name one: make huggingface PYTHON=/path/to/python3.11" >&2
    return 1
}

# Installs with .venv's uv where there is one, else with pip.
install() {
    if .venv/bin/uv --version >/dev/null 2>&1 &&
        VIRTUAL_ENV=.venv-huggingface .venv/bin/uv pip install --quiet "$@"; then
        return
    fi
    pip_install "$@"
}

pip_install() {
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps "$@"
}

# Installs the pinned PyTorch. For Linux the package index has the build that
# wants 3 GB of CUDA; the one without has "+cpu" behind its version and comes
# from a mirror that pip knows of, or from PyTorch's own index.
install_torch() {
    local pin
    pin=$(grep '^torch==' "$lock")
    if [ "$(uname -s)" != Linux ]; then
        pip_install "$pin"
        return
    fi
    pip_install "$pin+cpu" 2>/dev/null ||
        pip_install --index-url "$cpu_wheels" "$pin+cpu"
}

base=$(find_python)
"$base" -m venv --clear .venv-huggingface
echo "make huggingface: installing $lock into .venv-huggingface (1.1 GB)"
install_torch
install --no-deps -r <(grep -v '^torch==' "$lock")

# Proves that it loads.
"$python" -c 'import torch, transformers; transformers.BertForPreTraining'
touch "$stamp"
