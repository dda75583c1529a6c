#!/usr/bin/env bash
# SciBERT, ChemProt with 13 classes (Beltagy et al., EMNLP 2019, D19-1371, table
# of results).
#
#   BERT_DIR=scibert_uncased DATA_DIR=datasets \
#       scripts/experiments/scibert_chemprot.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
#
# Published, micro F1 of the 13 classes on test, which is accuracy: mean of runs
# at the point of a grid that was best on dev (epochs 2 to 5; rates 5e-6, 1e-5,
# 2e-5, 5e-5).
#             SciBERT
#   chemprot    83.64
# Cost on one GPU: 4 minutes, the grid of 16 points an hour (estimated: 4,169
# rows at 72 of 256 pieces a second, from the 148 rows of 128 pieces a second
# that NVIDIA published for one V100 in float32).
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3, --tune,
# --set=name=value. The same command again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table scibert_chemprot "$@"
