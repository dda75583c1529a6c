#!/usr/bin/env bash
# clinicalBERT, MedNLI (Alsentzer et al., ClinicalNLP 2019, W19-1909, table of
# results as quoted by others).
#
#   BERT_DIR=clinicalbert DATA_DIR=datasets \
#       scripts/experiments/clinicalbert_mednli.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
# Beside this, scripts/run_classifier.sh is clinicalBERT's own grid with a
# folder for each point; here --tune chooses on dev and tests the chosen point
# alone. Without MedNLI: scripts/reproduce.py public_standins
# --corpora=healthver.
#
# Published, accuracy on test: single run at the point of a grid that was best
# on dev (epochs 3, 4, 5; rates 2e-5, 3e-5, 5e-5; batches of 16, 32). The first
# version of the paper had dev's numbers by mistake (clinicalBERT#2); these are
# the corrected ones.
#           BERT  BioBERT  Clinical  Discharge  Bio+Clin.  Bio+Disch.
#   mednli  77.6     80.8      80.8       80.6       82.7        82.7
# Cost on one GPU: six minutes, the grid of 18 points two hours (estimated: rows
# x epochs at 126 rows of 150 pieces a second, from the 148 rows of 128 pieces a
# second that NVIDIA published for one V100 in float32).
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3, --tune,
# --set=name=value. The same command again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table clinicalbert --corpora=mednli "$@"
