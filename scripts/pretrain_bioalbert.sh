#!/usr/bin/env bash
# BioALBERT's pretraining: ALBERT goes on learning from four mixes of PubMed,
# PMC and MIMIC-III, a model for each (Naseem et al., BMC Bioinformatics 2022).
#
#   ALBERT_DIR=albert_base PUBMED='pubmed/*.tfrecord' PMC='pmc/*.tfrecord' \
#       MIMIC='mimic/*.tfrecord' scripts/pretrain_bioalbert.sh
#
# ALBERT_DIR holds albert_config.json, 30k-clean.model and model.ckpt-best.
# PUBMED, PMC and MIMIC are records: files and patterns with commas between,
# made with scripts/recipes/bioalbert_pretraining_data.flags. The mixes whose
# records are given are trained, one after the other. Other settings:
#   SIZE        base (default) or large: which recipe, and name of the folders
#   MIXES       some of: pubmed pubmed_pmc pubmed_mimic pubmed_pmc_mimic
#   OUTPUT      where the folders go; default outputs/bioalbert_<size>
#   CHECKPOINT  default ALBERT_DIR/model.ckpt-best
# Further flags go to run_pretraining.py: --num_train_steps=200000, for example;
# how many steps were taken is not known. The recipes say what else is not. The
# same command again goes on where it stood.
set -euo pipefail
usage="ALBERT_DIR=... PUBMED=... $0"
here=$PWD
cd "$(dirname "$0")/.."
source scripts/callers_paths.sh

: "${ALBERT_DIR:?name the folder of the model: $usage}"
: "${PUBMED:?name the records of PubMed, which is in all four mixes: $usage}"
python=${PYTHON:-.venv/bin/python}
size=${SIZE:-base}

[[ $size == base || $size == large ]] ||
    refuse "SIZE=$size is neither base nor large"
declare -A given=([pubmed]=$PUBMED [pmc]=${PMC:-} [mimic]=${MIMIC:-})
ALBERT_DIR=$(absolute "$ALBERT_DIR")
output=outputs/bioalbert_$size
[[ -z ${OUTPUT:-} ]] || output=$(absolute "$OUTPUT")
checkpoint=$ALBERT_DIR/model.ckpt-best
[[ -z ${CHECKPOINT:-} ]] || checkpoint=$(absolute "$CHECKPOINT")

# Says what goes into --input_file; nothing where a text is not given.
records_of() {
    local text all=()
    for text in ${1//_/ }; do
        [[ -n ${given[$text]:-} ]] || return 0
        all+=("$(absolute_all "${given[$text]}")")
    done
    local IFS=,
    echo "${all[*]}"
}

mixes="pubmed pubmed_pmc pubmed_mimic pubmed_pmc_mimic"
for mix in ${MIXES:-}; do
    [[ " $mixes " == *" $mix "* ]] ||
        refuse "MIXES has $mix; it may have: $mixes"
    [[ -n $(records_of "$mix") ]] ||
        refuse "MIXES has $mix, and PMC or MIMIC is not given"
done
for mix in ${MIXES:-$mixes}; do
    records=$(records_of "$mix")
    if [[ -z $records ]]; then
        echo "== $mix: not trained, its records are not given"
        continue
    fi
    echo "== $mix"
    "$python" run_pretraining.py \
        --flagfile="scripts/recipes/bioalbert_${size}_pretraining.flags" \
        --input_file="$records" \
        --output_dir="$output/$mix" \
        --albert_config_file="$ALBERT_DIR/albert_config.json" \
        --spm_model_file="$ALBERT_DIR/30k-clean.model" \
        --init_checkpoint="$checkpoint" \
        "$@"
done
