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
#   EPOCHS, RATES, BATCHES  the grid, for another than clinicalBERT's
# Further flags go to run_ner.py: --cross_val_sz=0 trains one model for each
# point, on train alone.
#
# Of each fold (9 tests on the official test data) and each mode, eval (dev) or
# test, the concepts and their exact scores are in POINT/FOLD/MODE as in the
# original: gold/i2b2.con, pred/i2b2.con, final_results.txt. OUTPUT/grid.tsv has
# the last fold's scores of all points: choose by eval, report test.
#
# The same command again goes on where it stood: a point that is done, with the
# same settings, is skipped.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
source scripts/callers_paths.sh
source scripts/grid_points.sh

: "${BERT_DIR:?name the folder of the model: BERT_DIR=... NER_DIR=... $0}"
: "${NER_DIR:?name the folder of the corpus: BERT_DIR=... NER_DIR=... $0}"
task=${TASK:-i2b2_2010}
output=outputs/$task
[[ -z ${OUTPUT:-} ]] || output=$(absolute "$OUTPUT")
BERT_DIR=$(absolute "$BERT_DIR") NER_DIR=$(absolute "$NER_DIR")
checkpoint=$BERT_DIR/bert_model.ckpt
[[ -z ${CHECKPOINT:-} ]] || checkpoint=$(absolute "$CHECKPOINT")
python=${PYTHON:-.venv/bin/python}
recipe=(--flagfile=scripts/recipes/clinicalbert_ner.flags)

# Scores one mode of one model: score <its folder> <eval or test> <target>
score() {
    local results=$1/NER_result_conll.txt
    [[ $2 == test ]] || results=$1/NER_result_conll_$2.txt
    [[ -e $results ]] || return 0
    "$python" scripts/format_for_i2b2_eval.py \
        --results_file="$results" \
        --output_gold_dir="$3/$2/gold" \
        --output_pred_dir="$3/$2/pred"
    "$python" scripts/score_i2b2.py \
        --input_gold_dir="$3/$2/gold" \
        --input_pred_dir="$3/$2/pred" \
        --output_dir="$3/$2"
}

# The point's scores in the table: the last fold's, or those of its one model.
add_to_table() {
    local line=$1 mode last
    for mode in eval test; do
        last=$(find "$1" -path "*/$mode/final_results.txt" | sort -V | tail -1)
        line+=$'\t'$([[ -n $last ]] && tail -1 "$last" || printf -- '-\t-\t-')
    done
    printf '%s\n' "$line" >> "$table.tmp"
}

table=$output/grid.tsv
rows=0
for epochs in ${EPOCHS:-2 3 4}; do
    for rate in ${RATES:-2e-5 3e-5 5e-5}; do
        for batch in ${BATCHES:-16 32}; do
            folder=$output/epochs_$epochs-rate_$rate-batch_$batch
            echo "== $folder"
            command=(
                "$python" run_ner.py "${recipe[@]}"
                --task_name="$task"
                --data_dir="$NER_DIR"
                --vocab_file="$BERT_DIR/vocab.txt"
                --bert_config_file="$BERT_DIR/bert_config.json"
                --init_checkpoint="$checkpoint"
                --num_train_epochs="$epochs"
                --learning_rate="$rate"
                --train_batch_size="$batch"
                --output_dir="$folder"
                "$@"
            )
            if is_done "$folder" "${command[*]}"; then
                echo "   done before, skipped"
            else
                "${command[@]}" || (($? == 3)) # 3: it was complete
                for model in "$folder"/fold_*; do
                    [[ -d $model ]] || model=$folder
                    target=$folder/${model##*/fold_}
                    [[ $model != "$folder" ]] || target=$folder
                    score "$model" eval "$target"
                    score "$model" test "$target"
                done
                mark_done "$folder" "${command[*]}"
            fi
            [[ -d $folder ]] || continue
            if ((rows++ == 0)); then
                printf '%s\t' point eval_P eval_R eval_F1 test_P test_R |
                    cat - <(echo test_F1) > "$table.tmp"
            fi
            add_to_table "$folder"
        done
    done
done
if ((rows)); then
    mv "$table.tmp" "$table"
    echo "== $table"
    cat "$table"
fi
