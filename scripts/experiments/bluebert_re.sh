#!/usr/bin/env bash
# BlueBERT, relations: DDI, ChemProt, i2b2 2010 (Peng et al., BioNLP 2019,
# W19-5006; table of BLUE_Benchmark's README).
#
#   BERT_DIR=bluebert DATA_DIR=datasets \
#       scripts/experiments/bluebert_re.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
#
# Published, micro F1 of five (ChemProt) and eight classes, macro F1 of four
# (DDI) on test: single run. Columns: BioBERT, BlueBERT base and large, on
# PubMed (P) and MIMIC-III (P+M); then sy-wada's five seeds with BioBERT v1.1,
# mean of runs (sd), which is what to expect. DDI's was called micro F1 before
# August 2019, with the same scores.
#                       BioBERT base P base P+M large P large P+M    5 seeds
#   ddi                    78.8   78.1     79.4    79.9      76.3 80.4 (0.4)
#   chemprot               71.3   72.5     69.2    74.4      65.1 73.3 (0.4)
#   i2b2_2010_relations    72.2   74.4     76.4    73.3      73.9 74.5 (0.6)
# Cost on one GPU: 21 to 25 minutes each (estimated: rows x epochs at the 148
# rows of 128 pieces a second that NVIDIA published for one V100 in float32);
# large models 3.5 times that.
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3,
# --set=do_lower_case=false for a cased model. The same command again goes on
# where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table bluebert --corpora=ddi,chemprot,i2b2_2010_relations "$@"
