#!/usr/bin/env bash
# BioBERTpt's masked LM, 15 epochs of Portuguese clinical and biomedical text
# (Schneider et al., ClinicalNLP 2020; HAILab-PUCPR/BioBERTpt, README).
#
#   BERT_DIR=multi_cased_L-12_H-768_A-12 TEXT='notes/*.txt' \
#       scripts/experiments/biobertpt_pretraining.sh
#
# BERT_DIR is the folder of multilingual BERT cased, TEXT files and patterns
# with commas between, a sentence a line (scripts/format_text.py makes them).
# They become blocks of 512 pieces, then BERT goes on learning from them:
# biobertpt_pretraining_data.flags, biobertpt_pretraining.flags. The README's
# three models differ in TEXT alone: clinical, biomedical, all.
#
# Published of the language model itself: nothing. What it is good for, entity
# F1 of SemClinBr's groups: biobertpt_ner.sh.
# Cost on one GPU: 33 hours at 10 TFLOP/s, what a V100 does in float32
# (estimated: 44 million words are some 70 million pieces, 15 times, 0.57 GFLOP
# each in the encoder and 0.55 for its logits, as all places get some: 1.2e18).
#
# OUTPUT is where records and model go, outputs/biobertpt if not given. Further
# flags go to run_pretraining.py: --train_batch_size=4
# --gradient_accumulation_steps=4 is the same update in a quarter of the memory.
# The same command again goes on where it stood; records that are there are
# kept, so that other TEXT needs another OUTPUT.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/callers_paths.sh

usage="BERT_DIR=... TEXT=... $0"
: "${BERT_DIR:?name the folder of the model: $usage}"
: "${TEXT:?name the files of text: $usage}"
python=${PYTHON:-.venv/bin/python}
output=outputs/biobertpt
[[ -z ${OUTPUT:-} ]] || output=$(absolute "$OUTPUT")
BERT_DIR=$(absolute "$BERT_DIR")
records=$output/records/blocks.tfrecord

if [[ ! -e $records ]]; then
    "$python" create_pretraining_data.py \
        --flagfile=scripts/recipes/biobertpt_pretraining_data.flags \
        --input_file="$(absolute_all "$TEXT")" \
        --output_file="$records" \
        --vocab_file="$BERT_DIR/vocab.txt"
fi
exec "$python" run_pretraining.py \
    --flagfile=scripts/recipes/biobertpt_pretraining.flags \
    --input_file="$records" \
    --output_dir="$output/bert" \
    --bert_config_file="$BERT_DIR/bert_config.json" \
    --vocab_file="$BERT_DIR/vocab.txt" \
    --init_checkpoint="$BERT_DIR" \
    "$@"
