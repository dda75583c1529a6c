#!/usr/bin/env bash
# BioBERT, named entities: eight corpora of one type each (Lee et al.,
# Bioinformatics 2020, btz682, table 6).
#
#   BERT_DIR=biobert DATA_DIR=datasets \
#       scripts/experiments/biobert_ner.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
#
# Published, entity F1 on test. Paper: best of several runs, the best checkpoint
# of each corpus (v1.0 for JNLPBA, LINNAEUS and S800, else v1.1), trained on
# train + dev after settings were chosen on dev. Expect the last columns: the
# same authors' dmis-lab/biobert-pytorch, seed 1, 30 epochs, and NVIDIA's own
# model (single run; BC5CDR-chem mean of runs, 5 seeds, sd in brackets).
#                   paper: BERT  BioBERT  again: BERT   v1.1        NVIDIA
#   ncbi_disease          85.63    89.71        85.27  88.30
#   bc5cdr_disease        82.41    87.15        83.28  86.37         86.22
#   bc5cdr_chem           91.16    93.47        91.78  93.04  93.27 (0.14)
#   bc4chemd              90.04    92.36        89.51  91.15
#   bc2gm                 81.79    84.72        80.93  83.41
#   jnlpba                74.94    77.59        75.27  75.98
#   linnaeus              87.60    89.81        83.46  88.08
#   s800                  71.63    75.31        70.80  72.38
# Cost on one GPU: 36 minutes (NCBI disease), 51 (BC5CDR), 37 (S800), 85 to 104
# (BC2GM, LINNAEUS, JNLPBA), six hours (BC4CHEMD) at 50 epochs (estimated: rows
# x epochs at the 148 rows of 128 pieces a second that NVIDIA published for one
# V100 in float32).
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3, --tune,
# --set=name=value. The same command again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table biobert_ner "$@"
