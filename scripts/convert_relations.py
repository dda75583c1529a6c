r"""Makes the tables of run_re.py from a relation corpus's original files.

  python scripts/convert_relations.py --corpus=chemprot \
    --input=ChemProt_Corpus --output_dir=datasets/chemprot

Writes train.tsv, dev.tsv, test.tsv (those of which files are there), a row
for each pair of entities, and says of every gold relation what became of it.
docs/relations.md has the formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from absl import flags

from cli import entry
from foundation import files
from foundation.errors import InputError
from preprocessing.relations import brat, chemprot, ddi
from preprocessing.relations.document import RelationDocument
from preprocessing.relations.inputs import CORPORA, find_splits
from preprocessing.relations.pairs import PairRule, read_pair_types
from preprocessing.relations.rows import FORMATS
from preprocessing.relations.tables import TableOptions, write_table

_NEGATIVE_LABELS = {
    "chemprot": chemprot.NEGATIVE_LABEL,
    "ddi": ddi.NEGATIVE_LABEL,
    "brat": brat.NEGATIVE_LABEL,
}


_REQUIRED = {
    "input": "The folder in which the corpus was unpacked.",
    "output_dir": "The folder of the tables.",
}
_STRINGS = {
    "split": "The only split to convert; where no file or folder is named "
    "after a split, what all files are.",
    "negative_label": "Of pairs without a relation. Not given: false, "
    "DDI-false for ddi.",
}
_CHOICES = {
    "entity_format": (
        FORMATS,
        "mask: @CHEMICAL$ in the entity's place; marker: [E1] and [/E1] "
        "around it.",
    ),
    "labels": (
        chemprot.LABEL_KINDS,
        "chemprot: the five groups that are evaluated, all groups, or the "
        "fine types of the five.",
    ),
}
_SWITCHES = {
    "ordered_pairs": "brat: (a, b) and (b, a) are two rows.",
    "overwrite": "Replace tables that are there.",
    "debug": "Show the stack trace of an error.",
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    # `module_name`: where cli.usage looks for a script's own.
    own: dict[str, Any] = {"flag_values": fv, "module_name": "__main__"}
    flags.DEFINE_enum(
        "corpus",
        None,
        list(CORPORA),
        "Whose files: chemprot (DrugProt's, too), ddi (DDI-2013's XML), brat.",
        required=True,
        **own,
    )
    for name, text in _REQUIRED.items():
        flags.DEFINE_string(name, None, text, required=True, **own)
    for name, text in _STRINGS.items():
        flags.DEFINE_string(name, None, text, **own)
    for name, (choices, text) in _CHOICES.items():
        flags.DEFINE_enum(name, choices[0], list(choices), text, **own)
    flags.DEFINE_list(
        "pair_types",
        [],
        "brat: types of the two entities of a pair, as in "
        "Drug:Gene,Drug:Disease. Not given: any two.",
        **own,
    )
    _define_numbers(own)
    for name, text in _SWITCHES.items():
        flags.DEFINE_boolean(name, False, text, **own)


def _define_numbers(own: dict[str, Any]) -> None:
    flags.DEFINE_integer(
        "max_sentence_distance",
        0,
        "chemprot, brat: how many sentences the two entities may be apart; "
        "the sentences between are in the row. -1: any number.",
        lower_bound=-1,
        **own,
    )
    flags.DEFINE_float(
        "dev_share",
        0.0,
        "The share of train's documents that become dev.tsv, for a corpus "
        "without dev (DDI: BLUE took a quarter).",
        lower_bound=0.0,
        upper_bound=0.9,
        **own,
    )


def main(argv: Sequence[str]) -> None:
    """Converts what the flags name."""
    del argv
    fv = flags.FLAGS
    _check(fv)
    options = TableOptions(
        rule=_rule(fv),
        entity_format=fv.entity_format,
        negative_label=fv.negative_label or _NEGATIVE_LABELS[fv.corpus],
    )
    tables = _tables(fv)
    paths = {name: _path(fv, name) for name in tables}
    files.make_directory(fv.output_dir)
    for name, documents in tables.items():
        account = write_table(paths[name], documents, options)
        print(paths[name])
        for line in account.lines():
            print(f"  {line}")


def _tables(fv: flags.FlagValues) -> dict[str, Iterator[RelationDocument]]:
    """Returns the documents of each table, not read yet."""
    splits = find_splits(fv.corpus, fv.input, split=fv.split)
    tables = {}
    share = fv.dev_share
    if share and ("dev" in splits or "train" not in splits):
        raise InputError(
            "--dev_share has nothing to take dev from",
            got=f"the splits {', '.join(splits)}",
            expected="train, and no dev",
            next_step="leave --dev_share out",
            path=fv.input,
        )
    for name, source in splits.items():
        if name == "train" and share:
            tables["dev"] = source.documents(
                labels=fv.labels, dev_share=share, is_dev=True
            )
            tables[name] = source.documents(labels=fv.labels, dev_share=share)
        else:
            tables[name] = source.documents(labels=fv.labels)
    return tables


def _check(fv: flags.FlagValues) -> None:
    """Raises InputError for a flag of another corpus."""
    for name, corpora in (
        ("labels", ("chemprot",)),
        ("pair_types", ("brat",)),
        ("ordered_pairs", ("brat",)),
        ("max_sentence_distance", ("chemprot", "brat")),
    ):
        if fv[name].present and fv.corpus not in corpora:
            raise InputError(
                f"--{name} is not for this corpus",
                got=f"--{name} with --corpus={fv.corpus}",
                expected=f"--corpus={' or '.join(corpora)}",
                next_step=f"leave --{name} out",
            )


def _rule(fv: flags.FlagValues) -> PairRule:
    if fv.corpus == "ddi":
        return ddi.PAIR_RULE
    types = read_pair_types(fv.pair_types)
    if fv.corpus == "chemprot":
        types = chemprot.PAIR_RULE.types
    return PairRule(types, fv.ordered_pairs, fv.max_sentence_distance)


def _path(fv: flags.FlagValues, split: str) -> str:
    path = files.join(fv.output_dir, f"{split}.tsv")
    if files.exists(path) and not fv.overwrite:
        raise InputError(
            "the table is there already",
            got="a file",
            expected="no file",
            next_step="add --overwrite, or choose another --output_dir",
            path=path,
        )
    return path


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
