#!/usr/bin/env bash
# BioBERT, relations: GAD, EU-ADR, ChemProt (Lee et al., Bioinformatics 2020,
# btz682, table of relations).
#
#   BERT_DIR=biobert DATA_DIR=datasets \
#       scripts/experiments/biobert_re.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
# --folds=1 runs the first fold alone.
#
# Published, F1 of class 1 on test (ChemProt: micro F1 of five classes). BERT:
# single run; BioBERT: best of several runs, one for each of its four
# checkpoints (GAD v1.0 PubMed, EU-ADR v1.0 PMC, ChemProt v1.1). GAD and EU-ADR
# are means of ten folds. Again: single run of dmis-lab/biobert-pytorch (v1.1,
# rate 5e-5) and of NVIDIA's own model.
#             paper: BERT  BioBERT  again: v1.1  NVIDIA
#   gad             79.29    81.61        82.37
#   euadr           84.62    86.51        85.13
#   chemprot        73.74    76.46                76.27
# Cost on one GPU: less than an hour on a Titan Xp (published: RE and QA). On a
# V100 two minutes a fold of GAD, seconds one of EU-ADR, seven minutes ChemProt
# (estimated: rows x epochs at the 148 rows of 128 pieces a second that NVIDIA
# published for one V100 in float32).
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --folds, --seeds=1,2,3,
# --set=name=value. The same command again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table biobert_re "$@"
