#!/usr/bin/env bash
# clinicalBERT's grid on an i2b2 corpus: epochs 2, 3, 4, learning rates 2e-5,
# 3e-5, 5e-5, batches of 16 and 32, ten folds each (run_i2b2.sh of
# EmilyAlsentzer/clinicalBERT). Each point of the grid has a folder of its own;
# the original had one for all, so that only its first point was trained.
#
#   BERT_DIR=biobert NER_DIR=i2b2_2010 scripts/run_i2b2.sh
#
# BERT_DIR holds vocab.txt, bert_config.json and a checkpoint, NER_DIR the files
# train, dev and test. Other settings, also from the environment:
#   CHECKPOINT  the checkpoint; default BERT_DIR/bert_model.ckpt
#   TASK        i2b2_2006, i2b2_2010 (default), i2b2_2012 or i2b2_2014
#   OUTPUT      where the folders go; default outputs/TASK
# Further flags go to run_ner.py: --cross_val_sz=0 trains one model for each
# point, on train alone. The same command again goes on where it stood.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${BERT_DIR:?name the folder of the model: BERT_DIR=... NER_DIR=... $0}"
: "${NER_DIR:?name the folder of the corpus: BERT_DIR=... NER_DIR=... $0}"
task=${TASK:-i2b2_2010}
output=${OUTPUT:-outputs/$task}
checkpoint=${CHECKPOINT:-$BERT_DIR/bert_model.ckpt}
python=${PYTHON:-.venv/bin/python}
recipe=(--flagfile=scripts/recipes/clinicalbert_ner.flags)

for epochs in 2 3 4; do
    for rate in 2e-5 3e-5 5e-5; do
        for batch in 16 32; do
            folder=$output/epochs_$epochs-rate_$rate-batch_$batch
            echo "== $folder"
            "$python" run_ner.py "${recipe[@]}" \
                --task_name="$task" \
                --data_dir="$NER_DIR" \
                --vocab_file="$BERT_DIR/vocab.txt" \
                --bert_config_file="$BERT_DIR/bert_config.json" \
                --init_checkpoint="$checkpoint" \
                --num_train_epochs="$epochs" \
                --learning_rate="$rate" \
                --train_batch_size="$batch" \
                --output_dir="$folder" \
                "$@"
        done
    done
done
