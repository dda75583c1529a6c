#!/usr/bin/env bash
# Makes pretraining data of a few abstracts, pretrains a small encoder on it for
# a minute, fine-tunes it on a slice of NCBI-disease, scores and predicts; then
# the same from random weights, to compare. Everything it reads is bundled; what
# it writes goes to outputs/demo, or to the folder named by OUTPUT. Further
# flags go to run_ner.py. PRETRAINING_STEPS: fewer for less than a minute.
set -euo pipefail
cd "$(dirname "$0")/.."

# Level 3: without a GPU, TensorFlow calls it an error that there is none.
export TF_CPP_MIN_LOG_LEVEL=3 PYTHONPATH=.
python=${PYTHON:-.venv/bin/python}
corpus=tests/fixtures/sample_corpus
data=tests/fixtures/ncbi_disease
checkpoint=tests/fixtures/demo_checkpoint
output=${OUTPUT:-outputs/demo}
steps=${PRETRAINING_STEPS:-600}

# Trains a tagger, scores it and predicts: run_ner --output_dir=... [flags]
run_ner() {
    "$python" run_ner.py \
        --task_name=ncbi_disease \
        --do_train=true \
        --do_eval=true \
        --do_predict=true \
        --data_dir="$data" \
        --vocab_file="$checkpoint/vocab.txt" \
        --bert_config_file="$checkpoint/bert_config.json" \
        --do_lower_case=true \
        --max_seq_length=128 \
        --train_batch_size=16 \
        --learning_rate=5e-4 \
        --use_crf=true \
        --num_train_epochs=10 \
        --eval_every_epochs=2 \
        --seed=1 \
        --overwrite_output_dir=true \
        "$@"
}

# Prints the F1 on test of the tagger in a folder.
f1_of() {
    awk '$1 == "entity_f1" { printf "%.3f", $3 }' "$1/test_results.txt"
}

cat <<EOF
First, text becomes pretraining data, as BERT's script makes it: pairs of
passages with masked pieces.
  text:        $corpus (40 abstracts)
  records:     $output/pretraining_data
Seconds; the very first time its code is compiled, which takes about fifteen.

EOF

records=$output/pretraining_data/abstracts.tfrecord
"$python" create_pretraining_data.py \
    --input_file="$corpus/*.txt" \
    --output_file="$records" \
    --vocab_file="$checkpoint/vocab.txt" \
    --do_lower_case=true \
    --do_whole_word_mask=true \
    --max_seq_length=128 \
    --max_predictions_per_seq=20 \
    --dupe_factor=5 \
    --held_out_fraction=0.1 \
    --random_seed=12345 \
    --overwrite_output

echo
echo "What came out, and whether it is whole:"
"$python" scripts/inspect_records.py "$records"
"$python" scripts/inspect_records.py --verify "$records"

echo
echo "One record as text. Braces hold what was there before a piece was masked;"
echo "next_sentence_label is 1 where the second part does not follow the first:"
"$python" scripts/inspect_records.py --show=1 \
    --vocab_file="$checkpoint/vocab.txt" "$records" | fold -s -w 80

cat <<EOF

Then a BERT of two layers, which has read PubMed abstracts before, learns from
them for about a minute: to guess masked pieces, and which passage follows which.
  checkpoint:  $checkpoint
  results:     $output/pretraining

EOF

"$python" run_pretraining.py \
    --do_train=true \
    --input_file="$records" \
    --eval_input_file="$output/pretraining_data/held_out/abstracts.tfrecord" \
    --init_checkpoint="$checkpoint/model.ckpt-3000" \
    --train_batch_size=32 \
    --learning_rate=2e-4 \
    --num_train_steps="$steps" \
    --num_warmup_steps="$((steps / 10))" \
    --eval_every_steps="$steps" \
    --seed=1 \
    --overwrite_output_dir=true \
    --output_dir="$output/pretraining"

cat <<EOF

Then it learns to find diseases in abstracts.
  data:        $data (1200 sentences to learn from)
  results:     $output
Less than a minute on two cores; the first seconds start TensorFlow.

EOF

run_ner \
    --init_checkpoint="$output/pretraining" \
    --output_dir="$output" \
    "$@"

echo
echo "NER_result_conll.txt (word, gold, predicted), counted as by conlleval.pl:"
"$python" scripts/conlleval.py <"$output/NER_result_conll.txt"

echo
echo "Some of the diseases it found in the test sentences (probability, words):"
"$python" scripts/show_entities.py --count=5 "$output/predictions.jsonl"

echo
echo "And in raw text:"
rm -rf "$output/text"
mkdir -p "$output/text"
cat >"$output/text/report.txt" <<'EOF'
Family history: colorectal cancer in the father, breast cancer in an aunt.
The patient has familial adenomatous polyposis (FAP), an autosomal dominant
disorder caused by mutations of the APC gene. No ataxia-telangiectasia.
EOF
"$python" run_ner.py \
    --predict_file="$output/text/report.txt" \
    --init_checkpoint="$output" \
    --output_dir="$output/text"
"$python" scripts/show_entities.py --count=5 "$output/text/predictions.jsonl"

echo
echo "What is pretraining good for? The same tagger from random weights:"
run_ner --output_dir="$output/random_weights" "$@" >/dev/null

cat <<EOF

F1 of diseases in the test sentences, one run each:
  from the pretrained encoder  $(f1_of "$output")
  from random weights          $(f1_of "$output/random_weights")

Where things are, in $output:
  pretraining_data/     the records; manifest.json says what they are
  pretraining/          the encoder, and the curves of its losses
  random_weights/       the tagger that started from nothing
  test_results.txt      every score of the test sentences, by name
  predictions.jsonl     tags, probabilities and entities of each sentence
  text/predictions.html the raw text with its diseases marked
  learning_curves.png   loss, scores on dev, learning rate
  model.ckpt-*          the fine-tuned model; label_map.json has its labels
  run.flags             the run's flags: run_ner.py --flagfile=... repeats it
EOF
