r"""Runs the experiments of a published table, and keeps a ledger of them.

  python scripts/reproduce.py biobert_ner --data_dir=datasets \
    --init_checkpoint=$BIOBERT_DIR/model.ckpt-1000000

runs the eight corpora of BioBERT's table with its published settings, five
seeds each, and adds a line for each run to outputs/reproduction/ledger.jsonl:
code, settings, sha256 of every file, step and why that one, score and what it
means, processor. The same command goes on where it was stopped and skips what
the ledger has. `--corpora=ncbi_disease,s800 --seeds=1,2,3` runs a part,
`--set=num_train_epochs=3` changes a setting and says so, `--tune` chooses
settings on dev. Where a corpus comes without test data, dev is scored and
chooses nothing.

  python scripts/reproduce.py --rerun=1f0c2a7b9d34

runs a line again and compares the scores: on the same kind of processor, with
the same code, they are equal to the last digit.

scripts/write_report.py makes the page to look at, scripts/compare_runs.py says
whether a difference is one. docs/reproduction/index.md says more.

Tables:
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from absl import flags

from cli import entry, reproduction, reproduction_rerun, reproduction_run
from reporting import experiments

_MOST_TABLES = 20


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    reproduction.define(fv)


def main(argv: Sequence[str]) -> int:
    """Runs what the command line says."""
    fv = flags.FLAGS
    if fv.rerun:
        return reproduction_rerun.rerun(fv, argv[1:])
    return reproduction_run.run_tables(fv, argv[1:])


def tables_described() -> str:
    """Returns a line for each table."""
    lines = [
        f"{name}: {experiments.find_table(name).title} ("
        + ", ".join(e.name for e in experiments.find_table(name).experiments)
        + ")"
        for name in experiments.table_names()
    ]
    return "\n".join(
        textwrap.fill(line, 80, initial_indent="  ", subsequent_indent="    ")
        for line in lines
    )


if __name__ == "__main__":
    __doc__ = (__doc__ or "") + tables_described()
    define_flags(flags.FLAGS)
    entry.run(main, max_words=_MOST_TABLES)
