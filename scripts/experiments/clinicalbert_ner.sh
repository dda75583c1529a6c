#!/usr/bin/env bash
# clinicalBERT, entities of i2b2 2006, 2010, 2012, 2014 (Alsentzer et al.,
# ClinicalNLP 2019, W19-1909, table of results as quoted by others).
#
#   BERT_DIR=clinicalbert DATA_DIR=datasets \
#       scripts/experiments/clinicalbert_ner.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
# The grid is chosen on dev with one model a point, trained on train
# (--cross_val_sz=0). scripts/run_i2b2.sh is clinicalBERT's own: ten folds a
# point, concepts and scores in the files of the original.
#
# Published, entity F1 on test: single run at the point of a grid that was best
# on dev (epochs 2, 3, 4; rates 2e-5, 3e-5, 5e-5; batches of 16, 32), the last
# of ten folds, which tests on the official test data.
#              BERT  BioBERT  Clinical  Discharge  Bio+Clin.  Bio+Disch.
#   i2b2_2006  93.9     94.8      91.5       91.9       94.7        94.8
#   i2b2_2010  83.5     86.5      86.4       86.4       87.2        87.8
#   i2b2_2012  75.9     78.9      78.5       78.4       78.9        78.9
#   i2b2_2014  92.8     93.0      92.6       92.8       92.5        92.7
# Cost on one GPU: six minutes a point of i2b2 2010, two hours its grid, ten
# times that with all folds (estimated: rows x epochs at 126 rows of 150 pieces
# a second, from the 148 rows of 128 pieces a second that NVIDIA published for
# one V100 in float32); the sizes of the others are not published.
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora=i2b2_2010, --seeds=1,2,3,
# --notune for the recipe's point alone, --set=name=value. The same command
# again goes on where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table clinicalbert \
    --corpora=i2b2_2006,i2b2_2010,i2b2_2012,i2b2_2014 \
    --tune \
    "$@"
