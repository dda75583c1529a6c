#!/usr/bin/env bash
# BlueBERT, HoC: ten hallmarks of cancer, several a sentence (Peng et al.,
# BioNLP 2019, W19-5006; table of BLUE_Benchmark's README).
#
#   BERT_DIR=bluebert DATA_DIR=datasets \
#       scripts/experiments/bluebert_hoc.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
#
# Published, example-based F1 of documents on test: single run. Columns:
# BioBERT, BlueBERT base and large, on PubMed (P) and MIMIC-III (P+M); then
# sy-wada's five seeds with BioBERT v1.1, mean of runs (sd), which is what to
# expect.
#        BioBERT  base P  base P+M  large P  large P+M     5 seeds
#   hoc     82.9    85.3      83.1     87.3       85.3  85.8 (0.6)
# Cost on one GPU: 4 minutes or more, for batches of 4 rows use little of a GPU
# (estimated: 10,527 rows, 3 epochs, at the 148 rows of 128 pieces a second that
# NVIDIA published for one V100 in float32); large models 3.5 times that.
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3,
# --set=do_lower_case=false for a cased model. The same command again goes on
# where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table bluebert --corpora=hoc "$@"
