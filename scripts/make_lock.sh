#!/usr/bin/env bash
# Writes requirements.lock anew from pyproject.toml. It pins every package that
# a developer's environment holds, for Python 3.10, 3.11 and 3.12.
set -euo pipefail
cd "$(dirname "$0")/.."

{
    echo "# Made by scripts/make_lock.sh from pyproject.toml; do not edit."
    .venv/bin/uv pip compile pyproject.toml --extra dev --universal \
        --python-version 3.10 --no-annotate --no-header --quiet "$@"
} >requirements.lock.new
mv requirements.lock.new requirements.lock
