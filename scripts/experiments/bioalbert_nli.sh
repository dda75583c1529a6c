#!/usr/bin/env bash
# BioALBERT, inference: MedNLI (Naseem et al., BMC Bioinformatics 2022, arXiv
# 2107.04374).
#
#   BERT_DIR=bioalbert DATA_DIR=datasets \
#       scripts/experiments/bioalbert_nli.sh
#
# BERT_DIR is the folder of the model, with albert_config.json, 30k-clean.model
# and the checkpoint (BioALBERT's downloads lack the first two: take ALBERT's).
# DATA_DIR holds those of the corpora.
#
# Published scores of a corpus: none in any source that we have. The abstract,
# of the large model of PubMed, without saying of how many runs: no gain over
# the state of the art is named for inference, the one of six tasks.
# Cost on one GPU: base, 36 minutes a corpus (estimated: 10,000 updates of 32
# rows at the 148 rows of 128 pieces a second that NVIDIA published for one V100
# in float32); large (v1.1) 3.5 times that.
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3,
# --set=name=value. The same command again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table bioalbert --corpora=mednli "$@"
