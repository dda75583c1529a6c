#!/usr/bin/env bash
# clinicalBERT's data step: each category of notes becomes a record file
# (create_pretrain_data.sh of EmilyAlsentzer/clinicalBERT).
#
#   BERT_DIR=biobert NOTES_DIR=notes scripts/create_pretrain_data.sh
#
# BERT_DIR holds vocab.txt. NOTES_DIR holds a text file for each category, one
# sentence a line, a blank line between notes: discharge_summary.txt, or named
# after MIMIC's category as the original's format_mimic_for_BERT.py did
# ("Discharge summary.txt", "Physician .txt", "Nursing/other.txt"). Out come
# OUTPUT/discharge_summary.tfrecord and so on, with one manifest.json for all.
# Other settings, also from the environment:
#   DATA_FILE  the categories, with spaces between; default: those of MIMIC's 15
#              that are there. The original took one, in its first lines.
#   OUTPUT     where the records go; default outputs/clinical_pretraining_data
# Further flags go to create_pretraining_data.py: --check_only says what is
# wrong with the notes, and writes nothing; --num_workers=8 makes several files
# of each category.
#
# The original wrote 22 predictions a record (max_predictions_per_seq) while its
# finetune_lm_tf.sh read 20, and so could not parse any. Here it is 20 on both
# sides, which is also what the model card of Bio_ClinicalBERT says.
#
# The same command again goes on where it stood: a file is kept if it was made
# of the same notes and vocabulary with the same flags (OUTPUT/*.made_of) and is
# as its manifest says; a damaged one is made anew. If it was made of others,
# the run stops there; --overwrite_output makes all anew, with DATA_FILE those
# of some categories.
set -euo pipefail
usage="BERT_DIR=... NOTES_DIR=... $0"
here=$PWD
cd "$(dirname "$0")/.."

: "${BERT_DIR:?name the folder of the model: $usage}"
: "${NOTES_DIR:?name the folder of the notes: $usage}"
output=${OUTPUT:-outputs/clinical_pretraining_data}
python=${PYTHON:-.venv/bin/python}
recipe=scripts/recipes/clinicalbert_pretraining_data.flags
mimic="discharge_summary physician nursing nursing_other radiology general \
respiratory consult nutrition case_management pharmacy rehab_services \
social_work ecg echo"

refuse() {
    echo "ERROR: $*" >&2
    exit 2
}

# Folders are the caller's, not this repository's.
absolute() {
    case $1 in
    /* | *://*) echo "$1" ;;
    *) echo "$here/$1" ;;
    esac
}

BERT_DIR=$(absolute "$BERT_DIR") NOTES_DIR=$(absolute "$NOTES_DIR")
[[ -z ${OUTPUT:-} ]] || output=$(absolute "$OUTPUT")
# Both flags are split at commas, and --input_file takes patterns.
unnamed="has one of , * ? [ in it, which create_pretraining_data.py cannot take \
for a name: rename the folder"
[[ $NOTES_DIR != *[,*?[]* ]] || refuse "NOTES_DIR=$NOTES_DIR $unnamed"
[[ $output != *,* ]] || refuse "OUTPUT=$output $unnamed"

[[ -f $BERT_DIR/vocab.txt ]] || refuse "no vocab.txt in BERT_DIR=$BERT_DIR"
[[ -d $NOTES_DIR ]] || refuse "NOTES_DIR=$NOTES_DIR is no folder"

declare -A notes=()
shopt -s nullglob
for path in "$NOTES_DIR"/*.txt "$NOTES_DIR"/[Nn]ursing/other.txt; do
    name=${path#"$NOTES_DIR"/}
    # "Case Management .txt" is case_management, "Nursing/other.txt"
    # nursing_other. `read` strips the blanks at the ends.
    read -r name <<<"${name%.txt}"
    name=${name,,}
    name=${name//[ \/]/_}
    if [[ -n ${notes[$name]:-} ]]; then
        refuse "two files for one category: ${notes[$name]} and $path"
    fi
    notes[$name]=$path
    if [[ -z ${DATA_FILE:-} && " $mimic " != *" $name "* ]]; then
        echo "Not read, none of MIMIC's 15 categories: $path"
    fi
done

there=() missing=()
for name in ${DATA_FILE:-$mimic}; do
    if [[ -n ${notes[$name]:-} ]]; then
        there+=("$name")
    else
        missing+=("$name")
    fi
done
if [[ ${#there[@]} -eq 0 || (-n ${DATA_FILE:-} && ${#missing[@]} -gt 0) ]]; then
    refuse "no notes in $NOTES_DIR of: ${missing[*]} (wanted: <category>.txt)"
fi
if [[ ${#missing[@]} -gt 0 ]]; then
    echo "Skipped, no notes in $NOTES_DIR: ${missing[*]}"
fi

# What --check_only and units do leaves no $records: the one writes nothing,
# the others several files, and they go on by themselves where they stood.
flags=${*:+ $*} marks=true overwrites=false
for flag in --check_only --num_workers --runner; do
    [[ $flags != *" $flag"* ]] || marks=false
done
[[ $flags != *" --overwrite_output"* ]] || overwrites=true
flags=$(sed -E 's/ --overwrite_output(=[^ ]*)?//g' <<<"$flags")

for name in "${there[@]}"; do
    records=$output/$name.tfrecord
    made_of=$(cat "$recipe" "$BERT_DIR/vocab.txt" "${notes[$name]}" | sha256sum)
    made_of="${made_of%% *}$flags" anew=()
    if $marks && ! $overwrites && [[ -f $records && -f $records.made_of ]] &&
        [[ $(<"$records.made_of") == "$made_of" ]]; then
        verdict=0
        "$python" scripts/inspect_records.py --verify "$records" || verdict=$?
        if [[ $verdict -eq 0 ]]; then
            echo "== $name: kept, made of the same notes with the same flags"
            continue
        fi
        # Only 2 says that of the file: it could also have been interrupted.
        [[ $verdict -eq 2 ]] || refuse "$records could not be verified"
        # Nothing is lost: the notes and flags that it was made of are here.
        echo "== $name: damaged, so it is made anew"
        anew=(--overwrite_output)
    fi
    echo "== $name"
    if $marks && ($overwrites || [[ ${#anew[@]} -gt 0 ]]); then
        rm -f "$records.made_of"
    fi
    "$python" create_pretraining_data.py \
        --flagfile="$recipe" \
        --input_file="${notes[$name]}" \
        --output_file="$records" \
        --vocab_file="$BERT_DIR/vocab.txt" \
        "$@" "${anew[@]}"
    if $marks && [[ -f $records ]]; then
        echo "$made_of" >"$records.made_of"
    fi
done
