#!/usr/bin/env bash
# BlueBERT, entities: BC5CDR, ShARe/CLEFE (Peng et al., BioNLP 2019, W19-5006;
# table of BLUE_Benchmark's README).
#
#   BERT_DIR=bluebert DATA_DIR=datasets \
#       scripts/experiments/bluebert_ner.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
#
# Published, entity F1 on test: single run. Columns: BioBERT, BlueBERT base and
# large, on PubMed (P) and MIMIC-III (P+M); then sy-wada's five seeds with
# BioBERT v1.1, mean of runs (sd), which is what to expect.
#                   BioBERT  base P  base P+M  large P  large P+M     5 seeds
#   bc5cdr_disease     85.9    86.6      85.4     82.9       83.8  85.7 (0.4)
#   bc5cdr_chem        93.0    93.5      92.4     91.7       91.1  93.3 (0.1)
#   share_clefe        72.8    75.4      77.1     72.7       74.4  78.0 (0.8)
# Cost on one GPU: 31 minutes (BC5CDR) (estimated: rows x epochs at the 148 rows
# of 128 pieces a second that NVIDIA published for one V100 in float32); the
# rows of ShARe/CLEFE are not published; large models 3.5 times that.
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora, --seeds=1,2,3,
# --set=do_lower_case=false for a cased model. The same command again goes on
# where it stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table bluebert --corpora=bc5cdr_disease,bc5cdr_chem,share_clefe "$@"
