#!/usr/bin/env bash
# Fine-tunes a small encoder on a slice of NCBI-disease, scores and predicts.
# Everything it reads is bundled; what it writes goes to outputs/demo.
set -euo pipefail
cd "$(dirname "$0")/.."

export TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-2}
python=${PYTHON_OF_KIT:-.venv/bin/python}
data=tests/fixtures/ncbi_disease
checkpoint=tests/fixtures/demo_checkpoint
output=outputs/demo

rm -rf "$output" # a demonstration starts from the same point every time

"$python" run_ner.py \
    --task_name=ncbi_disease \
    --do_train=true \
    --do_eval=true \
    --do_predict=true \
    --data_dir="$data" \
    --vocab_file="$checkpoint/vocab.txt" \
    --bert_config_file="$checkpoint/bert_config.json" \
    --init_checkpoint="$checkpoint/model.ckpt-0" \
    --do_lower_case=true \
    --max_seq_length=128 \
    --train_batch_size=32 \
    --learning_rate=5e-4 \
    --num_train_epochs=3 \
    --seed=1 \
    --output_dir="$output"

echo
echo "The same count from the file of predictions, as conlleval.pl prints it:"
"$python" scripts/conlleval.py <"$output/NER_result_conll.txt"
