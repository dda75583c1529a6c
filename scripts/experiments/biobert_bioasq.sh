#!/usr/bin/env bash
# BioBERT, question answering, stage 2: factoids of BioASQ 4b, 5b, 6b (Lee et
# al., Bioinformatics 2020, btz682, table 8; the README's command line).
#
#   BERT_DIR=biobert_squad DATA_DIR=datasets \
#       scripts/experiments/biobert_bioasq.sh
#
# BERT_DIR is a model that was trained on SQuAD, or BioBERT as it is if
# SQUAD_DIR has train-v1.1.json and dev-v1.1.json: then SQuAD is learned first.
# DATA_DIR holds a folder BioASQ with BioBERT's files and BioASQ's golden
# answers.
#
# Published, mean reciprocal rank of five answers, percent. BERT: single run;
# BioBERT: best of several runs, one for each of its checkpoints. Nobody
# published a mean.
#               BERT  BioBERT
#   bioasq_4b  33.77    35.17
#   bioasq_5b  44.27    51.64
#   bioasq_6b  40.88    48.43
# BioBERT v1.1 over all three years: strict accuracy 38.77, lenient 53.81, MRR
# 44.77.
# Cost on one GPU: less than an hour a year on a Titan Xp (published: RE and
# QA); SQuAD before it an hour of a V100 in float32 (estimated: 88,000 windows,
# 2 epochs, at 47 rows of 384 pieces a second).
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3,
# --set=name=value. The same command again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

if [[ -n ${SQUAD_DIR:-} ]]; then
    squad=$(absolute "$SQUAD_DIR")
    # One for each model: another one's would be taken up without a word.
    name=$(basename "${BERT_DIR%/*.ckpt*}")-$(cksum <<<"$BERT_DIR")
    learned=$output/squad/${name%% *}
    "$python" run_qa.py --flagfile=scripts/recipes/biobert_squad.flags \
        --train_file="$squad/train-v1.1.json" \
        --predict_file="$squad/dev-v1.1.json" \
        --init_checkpoint="$BERT_DIR" \
        --seed=1 \
        --deterministic=true \
        --output_dir="$learned" || (($? == 3)) # 3: it was complete
    BERT_DIR=$learned
fi

run_table biobert_qa "$@"
