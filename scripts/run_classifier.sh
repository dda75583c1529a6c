#!/usr/bin/env bash
# clinicalBERT's grid on MedNLI: epochs 3, 4, 5, learning rates 2e-5, 3e-5,
# 5e-5, batches of 16 and 32 (run_classifier.sh of EmilyAlsentzer/clinicalBERT).
# Each point of the grid has a folder of its own; the original had one for all
# and refused to train when it was not empty.
#
#   BERT_DIR=biobert DATA_DIR=mednli scripts/run_classifier.sh
#
# BERT_DIR holds vocab.txt, bert_config.json and a checkpoint, DATA_DIR MedNLI's
# mli_train_v1.jsonl, mli_dev_v1.jsonl, mli_test_v1.jsonl. Other settings, also
# from the environment:
#   CHECKPOINT  the checkpoint; default BERT_DIR/bert_model.ckpt
#   OUTPUT      where the folders go; default outputs/mednli
#   EPOCHS, RATES, BATCHES  the grid, for another than clinicalBERT's
# Further flags go to run_classifier.py.
#
# A batch is divided among two updates' parts, as in the original. OUTPUT/
# grid.tsv has the accuracies of all points: choose by dev, report test (the
# first version of the paper reported dev).
#
# The same command again goes on where it stood: a point that is done, with the
# same settings, is skipped.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
source scripts/callers_paths.sh
source scripts/grid_points.sh

: "${BERT_DIR:?name the folder of the model: BERT_DIR=... DATA_DIR=... $0}"
: "${DATA_DIR:?name the folder of MedNLI: BERT_DIR=... DATA_DIR=... $0}"
output=outputs/mednli
[[ -z ${OUTPUT:-} ]] || output=$(absolute "$OUTPUT")
BERT_DIR=$(absolute "$BERT_DIR") DATA_DIR=$(absolute "$DATA_DIR")
checkpoint=$BERT_DIR/bert_model.ckpt
[[ -z ${CHECKPOINT:-} ]] || checkpoint=$(absolute "$CHECKPOINT")
python=${PYTHON:-.venv/bin/python}
recipe=(--flagfile=scripts/recipes/clinicalbert_mednli.flags)
parts=2 # --gradient_accumulation_steps of the recipe

# Prints the accuracy in a file of results, or "-".
accuracy_of() {
    local found=
    [[ ! -e $1 ]] || found=$(awk '$1 ~ /accuracy$/ { print $3; exit }' "$1")
    echo "${found:--}"
}

table=$output/grid.tsv
rows=0
for epochs in ${EPOCHS:-3 4 5}; do
    for rate in ${RATES:-2e-5 3e-5 5e-5}; do
        for batch in ${BATCHES:-16 32}; do
            folder=$output/epochs_$epochs-rate_$rate-batch_$batch
            echo "== $folder"
            command=(
                "$python" run_classifier.py "${recipe[@]}"
                --data_dir="$DATA_DIR"
                --vocab_file="$BERT_DIR/vocab.txt"
                --bert_config_file="$BERT_DIR/bert_config.json"
                --init_checkpoint="$checkpoint"
                --num_train_epochs="$epochs"
                --learning_rate="$rate"
                --train_batch_size="$((batch / parts))"
                --gradient_accumulation_steps="$parts"
                --output_dir="$folder"
                "$@"
            )
            if is_done "$folder" "${command[*]}"; then
                echo "   done before, skipped"
            else
                "${command[@]}" || (($? == 3)) # 3: it was complete
                mark_done "$folder" "${command[*]}"
            fi
            [[ -d $folder ]] || continue
            if ((rows++ == 0)); then
                printf 'point\tdev_accuracy\ttest_accuracy\n' > "$table.tmp"
            fi
            printf '%s\t%s\t%s\n' "$folder" \
                "$(accuracy_of "$folder/eval_results.txt")" \
                "$(accuracy_of "$folder/test_results.txt")" >> "$table.tmp"
        done
    done
done
if ((rows)); then
    mv "$table.tmp" "$table"
    echo "== $table"
    cat "$table"
fi
