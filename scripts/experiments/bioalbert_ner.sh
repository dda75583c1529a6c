#!/usr/bin/env bash
# BioALBERT, named entities: nine corpora (Naseem et al., BMC Bioinformatics
# 2022, arXiv 2107.04374).
#
#   BERT_DIR=bioalbert DATA_DIR=datasets \
#       scripts/experiments/bioalbert_ner.sh
#
# BERT_DIR is the folder of the model, with albert_config.json, 30k-clean.model
# and the checkpoint (BioALBERT's downloads lack the first two: take ALBERT's).
# DATA_DIR holds those of the corpora.
#
# Published scores of a corpus: none in any source that we have. The abstract,
# of the large model of PubMed, without saying of how many runs: 11.09 BLURB
# points better than the state of the art, which entity F1 does not allow where
# others reach 90: not reproducible as it stands. Report entity and token level
# side by side.
# Cost on one GPU: base, 7 minutes (NCBI disease) to 70 (BC4CHEMD) (estimated:
# rows x epochs at the 148 rows of 128 pieces a second that NVIDIA published for
# one V100 in float32); large (v1.1) 3.5 times that.
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3,
# --set=name=value. The same command again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

corpora=ncbi_disease,bc5cdr_disease,bc5cdr_chem,bc4chemd,bc2gm,jnlpba
corpora+=,linnaeus,s800,share_clefe
run_table bioalbert --corpora="$corpora" "$@"
