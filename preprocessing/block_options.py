"""The flags of create_pretraining_data.py that blocks of text depend on.

Apart from the code that makes blocks: flags are checked without it.
"""

from __future__ import annotations

from dataclasses import dataclass

from foundation.errors import InputError
from preprocessing.instance_options import MAX_SEQ_LENGTH, check_option

_NUM_SPECIAL = 2  # [CLS] and [SEP]


@dataclass(frozen=True, kw_only=True)
class BlockOptions:
    """How blocks are made, as BioBERTpt's were.

    Attributes:
      dupe_factor: passes over the blocks, each with masks of its own.
      block_size: pieces of a block, [CLS] and [SEP] included.
      masked_lm_prob: chance of each piece to be masked.
      random_seed: of every draw; any int.
      draw_masks: False = no masks and no draws for them; the input pipeline
        draws them anew for each epoch.
      replace_with_specials: whether a random piece may be [PAD], [CLS],
        [unused7] and so on, as in the original.
    """

    dupe_factor: int
    block_size: int = 512
    masked_lm_prob: float = 0.15
    random_seed: int = 12345
    draw_masks: bool = True
    replace_with_specials: bool = True

    def __post_init__(self) -> None:
        for name, low, high in (
            ("block_size", _NUM_SPECIAL + 1, MAX_SEQ_LENGTH),
            ("masked_lm_prob", 0.0, 1.0),
            ("dupe_factor", 1, 1 << 31),
        ):
            check_option(name, getattr(self, name), low=low, high=high)
        if not self.draw_masks and self.dupe_factor > 1:
            raise InputError(
                "copies of blocks without masks would all be the same",
                got=f"--dupe_factor={self.dupe_factor}",
                expected="1, with --dynamic_masking and --objective=mlm_blocks",
                next_step="train for more epochs: each has masks of its own",
            )

    @property
    def num_pieces(self) -> int:
        """Pieces of text in a block."""
        return self.block_size - _NUM_SPECIAL

    @property
    def max_seq_length(self) -> int:
        """Values of the features that have one for each piece."""
        return self.block_size

    @property
    def num_predictions(self) -> int:
        """Values of the masked_lm features, at most: nothing caps them."""
        return self.num_pieces

    @property
    def predicts(self) -> bool:
        """Whether blocks have masks of their own."""
        return self.draw_masks
