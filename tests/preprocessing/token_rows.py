"""Records without masks, for tests of what masks them."""

import dataclasses

import numpy as np

from preprocessing.dynamic_masking import DynamicMasker, TokenRows
from preprocessing.instances import create_instances, vocabulary_facts


class Tokens:
    """Instances without masks, and what their masks are drawn by."""

    def __init__(self, corpus, tokenizer, options):
        self.corpus = corpus
        self.facts = vocabulary_facts(tokenizer)
        self.options = dataclasses.replace(options, draw_masks=False)
        self.table, _ = create_instances(corpus, self.options, self.facts)
        self.masker = DynamicMasker(self.options, self.facts)
        self.rows = rows_of_table(self.table)
        self.lengths = self.rows.lengths

    def __len__(self):
        return len(self.table)

    def mask(self, *, seed=1, epoch=0, **options):
        """Returns all rows, masked."""
        records = np.arange(len(self))
        return self.masker.mask(
            self.rows, records, seed=seed, epoch=epoch, **options
        )

    def padded(self):
        """Returns the tokens [n, S], 0 behind them."""
        ids = np.zeros((len(self), self.masker.seq_length), np.int32)
        columns = np.arange(self.masker.seq_length)
        ids[columns < self.lengths[:, None]] = self.table.input_ids
        return ids


def rows_of_table(table):
    return TokenRows(
        table.input_ids,
        table.starts[:-1],
        np.diff(table.starts),
        table.token_boundary,
    )


def kinds_of_replacement(made, facts):
    """Returns the shares of [MASK], the piece itself, another one."""
    is_predicted = made.masked_lm_weights > 0
    now = np.take_along_axis(made.input_ids, made.masked_lm_positions, axis=1)
    now, before = now[is_predicted], made.masked_lm_ids[is_predicted]
    is_mask = now == facts.mask_id
    is_same = ~is_mask & (now == before)
    return is_mask.mean(), is_same.mean(), (~is_mask & ~is_same).mean()
