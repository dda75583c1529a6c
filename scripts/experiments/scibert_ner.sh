#!/usr/bin/env bash
# SciBERT, JNLPBA's five types, softmax head: the README's settings
# (fran-martinez/bio_ner_bert, README and model card, 2020).
#
#   BERT_DIR=scibert_cased DATA_DIR=datasets \
#       scripts/experiments/scibert_ner.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
#
# Published, entity F1 of the test data: best epoch chosen on test (the fifth of
# six). With a CRF, another head and program, Beltagy et al. have the mean of
# runs.
#                  softmax    CRF
#   jnlpba_readme    74.90  77.28
# By type: cell_line 60.07, cell_type 75.76, protein 76.33, DNA 74.19, RNA
# 74.80; macro 74.98. Its words score 80.93, which is another measure.
# Cost on one GPU: 13 minutes (estimated: 18,546 rows, 6 epochs, at the 148 rows
# of 128 pieces a second that NVIDIA published for one V100 in float32).
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3,
# --set=name=value. The same command again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table scibert_ner --corpora=jnlpba_readme "$@"
