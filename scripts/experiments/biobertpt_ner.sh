#!/usr/bin/env bash
# BioBERTpt, SemClinBr: one tagger for each of 13 entity groups (Schneider et
# al., ClinicalNLP 2020; table of HAILab-PUCPR/BioBERTpt's README).
#
#   BERT_DIR=biobertpt_all DATA_DIR=datasets \
#       scripts/experiments/biobertpt_ner.sh
#
# BERT_DIR is the folder of the model (or its checkpoint, or hf://owner/name),
# DATA_DIR a folder that holds those of the corpora.
# Without a request: scripts/reproduce.py portuguese_clinical, the neurology
# cases of BioBERTpt's second experiment, one tagger for 13 types.
#
# Published, entity F1; single run, as far as is said. Columns: BERT
# multilingual uncased and cased, Portuguese BERT large and base, BioBERTpt bio,
# clin and all.
#                  mBERT unc.  cased  pt large   base    bio   clin    all
#   disorders           78.68  78.23     62.50  78.44  78.53  78.05  79.13
#   chemicaldrugs       90.26  90.10     78.23  90.38  89.39  91.09  90.42
#   procedures          66.96  67.44     45.25  67.21  68.93  68.55  70.32
#   diagproced          54.62  51.93     50.43  55.58  55.07  55.95  54.81
#   diseasesynd         56.24  53.80     57.45  53.99  57.49  58.29  56.41
#   findings            50.34  50.46     52.64  50.00  52.60  52.07  51.73
#   health              37.35  41.23     33.55  34.62  45.91  40.57  40.37
#   laboratory          37.78  41.68     40.41  42.23  39.81  45.26  44.00
#   medical             55.85  59.27     51.35  53.66  60.42  56.18  55.52
#   pharmacologic       75.57  59.27     72.25  77.54  72.37  77.91  74.72
#   quantitative        60.68  61.29     56.15  56.76  59.19  59.26  59.97
#   sign                51.85  53.66     55.17  53.75  53.35  54.35  56.57
#   therapeutic         48.74  48.62     48.88  47.12  50.08  45.93  51.28
# Cost on one GPU: not known, for the sentences of SemClinBr are not; 10,000 of
# them take 11 minutes a group (estimated: rows x epochs at the 148 rows of 128
# pieces a second that NVIDIA published for one V100 in float32).
#
# OUTPUT is where runs, ledger and report go, outputs/reproduction if not given.
# Further flags go to scripts/reproduce.py: --corpora=disorders,sign,
# --seeds=1,2,3, --set=name=value. The same command again goes on where it
# stood.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
source scripts/experiments/run_table.sh

run_table biobertpt_ner "$@"
