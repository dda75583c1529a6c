#!/usr/bin/env bash
# BioBERT's pretraining: BERT-Base cased goes on learning from PubMed abstracts
# and PMC articles (Lee et al., Bioinformatics 2020).
#
#   BERT_DIR=cased_L-12_H-768_A-12 PUBMED='pubmed/*.tfrecord' \
#       scripts/pretrain_biobert.sh
#
# BERT_DIR holds bert_config.json, vocab.txt and bert_model.ckpt. PUBMED and PMC
# are records: files and patterns with commas between, made with
# scripts/recipes/biobert_pretraining_data.flags. Other settings:
#   VERSION     v1.1 (default): PubMed, 1,000,000 steps. v1.0: what is given:
#               PubMed 200,000 steps, PMC 270,000, or both, PubMed first
#   OUTPUT      where the model goes; default outputs/biobert_<version>_<text>
#   CHECKPOINT  default BERT_DIR/bert_model.ckpt
# Further flags go to run_pretraining.py. The same command again goes on where
# it stood. The recipes say which values are published, and which are not.
set -euo pipefail
usage="BERT_DIR=... PUBMED=... $0"
here=$PWD
cd "$(dirname "$0")/.."
source scripts/callers_paths.sh

: "${BERT_DIR:?name the folder of the model: $usage}"
python=${PYTHON:-.venv/bin/python}
version=${VERSION:-v1.1} flags=()

case $version:${PUBMED:+pubmed}:${PMC:+pmc} in
v1.1:pubmed:)
    text=pubmed records=$PUBMED
    ;;
v1.1:*)
    refuse "v1.1 was trained on PubMed alone: give PUBMED, and no PMC"
    ;;
v1.0:pubmed:)
    text=pubmed records=$PUBMED
    ;;
v1.0::pmc)
    text=pmc records=$PMC
    flags+=(--num_train_steps=270000)
    ;;
v1.0:pubmed:pmc)
    text=pubmed_pmc records=$PUBMED
    flags+=(
        --phase2_input_file="$(absolute_all "$PMC")"
        --phase2_num_train_steps=270000
    )
    ;;
v1.0::)
    refuse "give PUBMED, PMC or both"
    ;;
*)
    refuse "VERSION=$version is neither v1.0 nor v1.1"
    ;;
esac
BERT_DIR=$(absolute "$BERT_DIR")
output=outputs/biobert_${version}_$text
[[ -z ${OUTPUT:-} ]] || output=$(absolute "$OUTPUT")
checkpoint=$BERT_DIR/bert_model.ckpt
[[ -z ${CHECKPOINT:-} ]] || checkpoint=$(absolute "$CHECKPOINT")

exec "$python" run_pretraining.py \
    --flagfile="scripts/recipes/biobert_${version/./_}_pretraining.flags" \
    --input_file="$(absolute_all "$records")" \
    --output_dir="$output" \
    --bert_config_file="$BERT_DIR/bert_config.json" \
    --vocab_file="$BERT_DIR/vocab.txt" \
    --init_checkpoint="$checkpoint" \
    "${flags[@]}" \
    "$@"
