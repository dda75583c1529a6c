#!/usr/bin/env bash
# clinicalBERT from a table of notes to scores: text, records, pretraining, NER,
# MedNLI, and the model as Hugging Face has Bio_ClinicalBERT.
#
#   BERT_DIR=biobert NOTES_FILE=NOTEEVENTS.csv.gz \
#     NER_DIR=i2b2_2010 NLI_DIR=mednli scripts/clinicalbert_recipe.sh
#
# BERT_DIR holds bert_config.json, vocab.txt and a checkpoint (BioBERT 1.0 for
# Bio+Clinical BERT). NOTES_FILE is shaped as MIMIC-III's NOTEEVENTS.csv, or
# NOTES_FLAGS name its columns. Other settings, also from the environment:
#   OUTPUT     where everything goes; default outputs/clinicalbert: notes,
#              records, bert, ner, nli, huggingface
#   DATA_FILE  the categories, with spaces between, or all (default)
#   NER_DIR    train, dev and test of a corpus; none: no NER
#   NER_TASK   its name; default i2b2_2010
#   NLI_DIR    mli_train_v1.jsonl and so on; none: no MedNLI
#   CHECKPOINT  as in finetune_lm_tf.sh
#   NOTES_FLAGS, RECORDS_FLAGS, LM_FLAGS, NER_FLAGS, NLI_FLAGS, EXPORT_FLAGS
#              further flags of each step, with spaces between:
#              NOTES_FLAGS="--num_workers=8 --section_splitter=paper"
# Published settings are those of scripts/recipes. The paper's sections and
# sentences are NOTES_FLAGS="--section_splitter=paper
# --sentence_splitter=scispacy"; ours lose no text.
#
# The same command again goes on where it stood: a step that is done is skipped
# (OUTPUT/steps says how each was done). A step that was done otherwise stops
# the run: choose another OUTPUT.
set -euo pipefail
usage="BERT_DIR=... NOTES_FILE=... $0"
here=$PWD
cd "$(dirname "$0")/.."
source scripts/callers_paths.sh

: "${BERT_DIR:?name the folder of the model: $usage}"
: "${NOTES_FILE:?name the table of notes: $usage}"
[[ $# -eq 0 ]] || refuse "flags of steps are settings here, LM_FLAGS for" \
    "example: got $# words"
python=${PYTHON:-.venv/bin/python}
output=$(absolute "${OUTPUT:-outputs/clinicalbert}")
[[ -n ${OUTPUT:-} ]] || output=$PWD/outputs/clinicalbert
BERT_DIR=$(absolute "$BERT_DIR") NOTES_FILE=$(absolute_all "$NOTES_FILE")
data_file=${DATA_FILE:-all}
for name in bert_config.json vocab.txt; do
    [[ -f $BERT_DIR/$name ]] || refuse "no $name in BERT_DIR=$BERT_DIR"
done
for name in NER_DIR NLI_DIR CHECKPOINT; do
    [[ -z ${!name:-} ]] || declare "$name=$(absolute "${!name}")"
done
for name in NER_DIR NLI_DIR; do
    [[ -z ${!name:-} || -d ${!name} ]] || refuse "$name=${!name} is no folder"
done
[[ ${NOTES_FLAGS:-} != *--held_out_fraction* ||
    ${RECORDS_FLAGS:-} != *--held_out_fraction* ]] || refuse \
    "--held_out_fraction is in NOTES_FLAGS (patients) and RECORDS_FLAGS" \
    "(notes): choose one"
# Nobody else may read what is made of notes.
umask 077
mkdir -p "$output/steps"

# What a step is made of: its command, and the size and time of the notes.
stamp=$(stat -c '%n %s %Y' -- "$NOTES_FILE" 2>/dev/null || echo "$NOTES_FILE")

# Runs a command unless it is done: step <name> <words>
step() {
    local name=$1 mark=$output/steps/$1 made_of code=0
    shift
    made_of=$(printf '%s\n' "$stamp" "$@")
    if [[ -f $mark ]]; then
        [[ $(<"$mark") == "$made_of" ]] || refuse "$name was done with other" \
            "flags or notes (see $mark): choose another OUTPUT"
        echo "== $name: done before"
        return
    fi
    echo "== $name"
    "$@" || code=$?
    # 3: it was complete, and then stopped before that was noted here.
    [[ $code -eq 0 || $code -eq 3 ]] || exit "$code"
    printf '%s\n' "$made_of" >"$mark.new"
    mv "$mark.new" "$mark"
}

# Splits the flags of a setting into the array `more`.
more_of() {
    read -ra more <<<"${1//$'\n'/ }"
}

categories=()
if [[ $data_file != all ]]; then
    categories=(--categories="${data_file// /,}")
fi
more_of "${NOTES_FLAGS:-}"
step notes "$python" scripts/format_mimic_for_BERT.py \
    --notes_file="$NOTES_FILE" --output_dir="$output/notes" \
    "${categories[@]}" "${more[@]}"

wanted=()
[[ $data_file == all ]] || wanted=(DATA_FILE="$data_file")
more_of "${RECORDS_FLAGS:-}"
step records env BERT_DIR="$BERT_DIR" NOTES_DIR="$output/notes" \
    OUTPUT="$output/records" PYTHON="$python" "${wanted[@]}" \
    bash scripts/create_pretrain_data.sh "${more[@]}"

# Of patients that NOTES_FLAGS="--held_out_fraction=..." keeps out; scored while
# the model is trained.
if [[ -d $output/notes/held_out ]]; then
    step held_out env BERT_DIR="$BERT_DIR" NOTES_DIR="$output/notes/held_out" \
        OUTPUT="$output/records/held_out" PYTHON="$python" \
        bash scripts/create_pretrain_data.sh "${more[@]}"
fi

more_of "${LM_FLAGS:-}"
step pretraining env BERT_DIR="$BERT_DIR" RECORDS="$output/records" \
    OUTPUT="$output/bert" PYTHON="$python" DATA_FILE="$data_file" \
    CHECKPOINT="${CHECKPOINT:-}" \
    bash scripts/finetune_lm_tf.sh "${more[@]}"

# Not the config of BERT_DIR: this one says which GELU the model was trained
# with.
model=(--vocab_file="$output/bert/vocab.txt"
    --bert_config_file="$output/bert/bert_config.json"
    --init_checkpoint="$output/bert")
if [[ -n ${NER_DIR:-} ]]; then
    more_of "${NER_FLAGS:-}"
    step ner "$python" run_ner.py \
        --flagfile=scripts/recipes/clinicalbert_ner.flags \
        --task_name="${NER_TASK:-i2b2_2010}" --data_dir="$NER_DIR" \
        --output_dir="$output/ner" "${model[@]}" "${more[@]}"
fi
if [[ -n ${NLI_DIR:-} ]]; then
    more_of "${NLI_FLAGS:-}"
    step nli "$python" run_classifier.py \
        --flagfile=scripts/recipes/clinicalbert_mednli.flags \
        --data_dir="$NLI_DIR" \
        --output_dir="$output/nli" "${model[@]}" "${more[@]}"
fi

more_of "${EXPORT_FLAGS:-}"
step huggingface "$python" scripts/convert_checkpoint.py \
    --from="$output/bert" --to="$output/huggingface" \
    --do_lower_case=false --pretraining_length=128 "${more[@]}"
echo "Done: $output/huggingface is read by AutoModel.from_pretrained."
