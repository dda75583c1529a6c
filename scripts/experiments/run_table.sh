# shellcheck shell=bash
# Runs a published table: what the scripts beside it share. To be sourced in the
# root of the checkout, with `here` the folder of the caller.
source scripts/callers_paths.sh

usage="BERT_DIR=... DATA_DIR=... $0"
: "${BERT_DIR:?name the folder of the model: $usage}"
: "${DATA_DIR:?name the folder with those of the corpora: $usage}"
python=${PYTHON:-.venv/bin/python}
output=outputs/reproduction
[[ -z ${OUTPUT:-} ]] || output=$(absolute "$OUTPUT")
BERT_DIR=$(absolute "$BERT_DIR") DATA_DIR=$(absolute "$DATA_DIR")

# Prints a further flag: a path in it is the caller's, too.
callers_flag() {
    local flag=${1%%=*} value=${1#*=}
    case $1 in
    --corpus_dir=*=*) echo "$flag=${value%%=*}=$(absolute "${value#*=}")" ;;
    --bert_config_file=* | --spm_model_file=* | --vocab_file=*)
        echo "$flag=$(absolute "$value")"
        ;;
    *) printf '%s\n' "$1" ;;
    esac
}

# Replaces this script by scripts/reproduce.py: run_table <table> <flags>
run_table() {
    local table=$1 word words=()
    shift
    for word in "$@"; do
        words+=("$(callers_flag "$word")")
    done
    exec "$python" scripts/reproduce.py "$table" \
        --init_checkpoint="$BERT_DIR" \
        --data_dir="$DATA_DIR" \
        --output_dir="$output" \
        "${words[@]}"
}
