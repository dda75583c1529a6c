#!/usr/bin/env bash
# BlueBERT, similarity of sentences: MedSTS, BIOSSES (Peng et al., BioNLP 2019,
# W19-5006; table of BLUE_Benchmark's README).
#
#   BERT_DIR=bluebert DATA_DIR=datasets \
#       scripts/experiments/bluebert_sts.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
#
# Published, Pearson correlation on test: single run; BIOSSES best of several
# runs, the seed that was best on dev (by sy-wada). Columns: BioBERT, BlueBERT
# base and large, on PubMed (P) and MIMIC-III (P+M); then sy-wada's five seeds
# with BioBERT v1.1, mean of runs (sd), which is what to expect. BIOSSES's test
# has 20 pairs: five seeds of base P+M have a standard deviation of 5.1.
#            BioBERT  base P  base P+M  large P  large P+M     5 seeds
#   medsts      84.5    84.5      84.8     84.6       83.2  84.9 (0.5)
#   biosses     82.7    89.3      91.6     86.3       75.1  89.3 (1.7)
# Cost on one GPU: 2 minutes (MedSTS), 15 seconds (BIOSSES) (estimated: rows x
# epochs at the 148 rows of 128 pieces a second that NVIDIA published for one
# V100 in float32); large models 3.5 times that.
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3,
# --set=do_lower_case=false for a cased model. The same command again goes on
# where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table bluebert --corpora=medsts,biosses "$@"
