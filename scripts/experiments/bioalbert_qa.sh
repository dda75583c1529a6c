#!/usr/bin/env bash
# BioALBERT, questions: factoids of BioASQ 4b, 5b, 6b (Naseem et al., BMC
# Bioinformatics 2022, arXiv 2107.04374).
#
#   BERT_DIR=bioalbert DATA_DIR=datasets \
#       scripts/experiments/bioalbert_qa.sh
#
# BERT_DIR is the folder of the model, with albert_config.json, 30k-clean.model
# and the checkpoint (BioALBERT's downloads lack the first two: take ALBERT's).
# DATA_DIR holds those of the corpora.
#
# Published scores of a corpus: none in any source that we have. The abstract,
# of the large model of PubMed, without saying of how many runs: 2.83 BLURB
# points better than the state of the art.
# Cost on one GPU: base, less than an hour a year (estimated: that of BioBERT,
# whose products are the same); large (v1.1) 3.5 times that.
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3,
# --set=name=value. The same command again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table bioalbert --corpora=bioasq_4b,bioasq_5b,bioasq_6b "$@"
