#!/usr/bin/env bash
# BioALBERT, relations: DDI, ChemProt, i2b2 2010, EU-ADR, GAD (Naseem et al.,
# BMC Bioinformatics 2022, arXiv 2107.04374).
#
#   BERT_DIR=bioalbert DATA_DIR=datasets \
#       scripts/experiments/bioalbert_re.sh
#
# BERT_DIR is the folder of the model, with albert_config.json, 30k-clean.model
# and the checkpoint (BioALBERT's downloads lack the first two: take ALBERT's).
# DATA_DIR holds those of the corpora.
#
# Published scores of a corpus: none in any source that we have. The abstract,
# of the large model of PubMed, without saying of how many runs: 0.80 BLURB
# points better than the state of the art.
# Cost on one GPU: base, 2 minutes a fold of GAD, 7 DDI or ChemProt (estimated:
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

run_table bioalbert --corpora=ddi,chemprot,i2b2_2010_relations,euadr,gad "$@"
