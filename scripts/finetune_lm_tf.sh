#!/usr/bin/env bash
# clinicalBERT's pretraining: BioBERT or BERT goes on learning from clinical
# notes (finetune_lm_tf.sh of EmilyAlsentzer/clinicalBERT).
#
#   BERT_DIR=biobert scripts/finetune_lm_tf.sh
#   BERT_DIR=biobert DATA_FILE=all scripts/finetune_lm_tf.sh
#
# The first trains on discharge summaries for 100,000 steps (Bio+Discharge
# Summary BERT), the second on all notes for 150,000 (Bio+Clinical BERT).
# BERT_DIR holds bert_config.json, vocab.txt and a checkpoint. Other settings,
# also from the environment:
#   DATA_FILE   the categories, with spaces between, or all: those of MIMIC's 15
#               that are there. Default discharge_summary, as in the original.
#   RECORDS     the folder that create_pretrain_data.sh wrote; default
#               outputs/clinical_pretraining_data
#   OUTPUT      where the model goes; default outputs/clinical_bert_<notes>
#   CHECKPOINT  default: biobert_model.ckpt or bert_model.ckpt in BERT_DIR, else
#               the newest checkpoint there
# Further flags go to run_pretraining.py: --precision=bfloat16, for example.
#
# Records that were held out (--held_out_fraction of the data step) are scored,
# before the first step too; without any, the first batches of the training
# records, as in the original. The same command again goes on where it stood.
set -euo pipefail
usage="BERT_DIR=... $0"
here=$PWD
cd "$(dirname "$0")/.."
source scripts/callers_paths.sh

: "${BERT_DIR:?name the folder of the model: $usage}"
python=${PYTHON:-.venv/bin/python}
mimic="discharge_summary physician nursing nursing_other radiology general \
respiratory consult nutrition case_management pharmacy rehab_services \
social_work ecg echo"

wanted=${DATA_FILE:-discharge_summary} what=${DATA_FILE:-disch}
recipe=scripts/recipes/clinicalbert_pretraining.flags
if [[ $wanted == all ]]; then
    wanted=$mimic what=all_notes
    recipe=scripts/recipes/bio_clinicalbert_pretraining.flags
fi
records=outputs/clinical_pretraining_data
output=outputs/clinical_bert_${what// /_}
[[ -z ${RECORDS:-} ]] || records=$(absolute "$RECORDS")
[[ -z ${OUTPUT:-} ]] || output=$(absolute "$OUTPUT")
BERT_DIR=$(absolute "$BERT_DIR")
[[ -d $records ]] || refuse "RECORDS=$records is no folder"
# --input_file is split at commas, and takes patterns.
[[ $records != *[,*?[]* ]] || refuse "RECORDS=$records has one of , * ? [ in \
it, which run_pretraining.py cannot take for a name: rename the folder"
[[ -f $BERT_DIR/bert_config.json ]] ||
    refuse "no bert_config.json in BERT_DIR=$BERT_DIR"

checkpoint=$BERT_DIR
for name in biobert_model.ckpt bert_model.ckpt; do
    if [[ -f $BERT_DIR/$name.index ]]; then
        checkpoint=$BERT_DIR/$name
        break
    fi
done
[[ -z ${CHECKPOINT:-} ]] || checkpoint=$(absolute "$CHECKPOINT")

# A category is one file, or, made by several processes, several.
shopt -s nullglob
files_of() {
    local whole=$1/$2.tfrecord parts=("$1/$2"-?????-of-?????.tfrecord)
    if [[ -f $whole && ${#parts[@]} -gt 0 ]]; then
        refuse "$1 has $2 twice, as one file and in parts: remove one"
    elif [[ ${#parts[@]} -gt 0 ]]; then
        echo "$1/$2-*.tfrecord"
    elif [[ -f $whole ]]; then
        echo "$whole"
    fi
}

train=() held_out=() missing=()
for name in $wanted; do
    found=$(files_of "$records" "$name")
    if [[ -z $found ]]; then
        missing+=("$name")
        continue
    fi
    train+=("$found")
    found=$(files_of "$records/held_out" "$name")
    [[ -z $found ]] || held_out+=("$found")
done
if [[ ${#train[@]} -eq 0 ]] ||
    [[ $what != all_notes && ${#missing[@]} -gt 0 ]]; then
    refuse "no records in $records of: ${missing[*]} (wanted:" \
        "<category>.tfrecord, as scripts/create_pretrain_data.sh writes them)"
fi
if [[ ${#missing[@]} -gt 0 ]]; then
    echo "Not there, so not trained on: ${missing[*]}"
fi

join() {
    local IFS=,
    echo "$*"
}

flags=()
if [[ ${#held_out[@]} -gt 0 && " $*" != *" --eval_input_file"* ]]; then
    echo "Scored on what was held out: $records/held_out"
    flags+=(--eval_input_file="$(join "${held_out[@]}")")
fi
[[ ! -f $BERT_DIR/vocab.txt ]] || flags+=(--vocab_file="$BERT_DIR/vocab.txt")

exec "$python" run_pretraining.py \
    --flagfile="$recipe" \
    --input_file="$(join "${train[@]}")" \
    --output_dir="$output" \
    --bert_config_file="$BERT_DIR/bert_config.json" \
    --init_checkpoint="$checkpoint" \
    "${flags[@]}" \
    "$@"
