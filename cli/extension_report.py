"""What extend_vocab.py tells of its work: numbers, no words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from absl import flags, logging

from preprocessing.corpus_sample import CorpusSample
from preprocessing.extension_plan import Extension


def facts(
    fv: flags.FlagValues, sample: CorpusSample, extension: Extension
) -> dict[str, Any]:
    """Returns what was asked for and what was found, for the report."""
    asked = ["init_checkpoint", "input_file", "mode", "words_file"]
    if not fv.words_file:
        asked += ["num_pieces", "min_frequency", "min_pieces"]
    counts = extension.counts
    return {
        **{name: fv[name].value for name in asked},
        "num_new_pieces": len(extension.words),
        "num_candidates": extension.num_candidates,
        "num_cut_off": extension.num_cut_off,
        "num_repeated": extension.num_repeated,
        "num_whole": extension.num_whole,
        "num_unknown": extension.num_unknown,
        "room": extension.room,
        "corpus_bytes": sample.total_bytes,
        "sample_bytes": sample.wanted_bytes,
        "num_words": counts.num_words,
        "num_different_words": len(counts.counts),
        "num_pruned_words": counts.num_pruned,
    }


def warn(extension: Extension) -> None:
    """Logs what of the text could not be counted."""
    counts = extension.counts
    if counts.num_pruned:
        logging.warning(
            "There are more than --max_words different words: %d of %d words "
            "of the text were left out because they are rare; counts are too "
            "low by %d at most.",
            counts.num_pruned,
            counts.num_words,
            counts.missing,
        )


def text(report: Mapping[str, Any]) -> str:
    """Returns the report for people."""
    lines = [
        f"{report['num_new_pieces']} new pieces (--mode={report['mode']}): "
        f"{report['vocab_size_before']} pieces became {report['vocab_size']}",
        f"  {_origin(report)}",
    ]
    if report["room"] is not None:
        lines.append(
            f"  [unused] places: {report['num_new_pieces']} of "
            f"{report['room']} filled"
        )
    lines += _cuts(report["held_out"])
    lines += _outputs(report["unchanged"])
    lines.append(
        f"{report['checkpoint']} ({report['num_slots_left_out']} optimizer "
        f"slots left out)"
    )
    return "\n".join(lines)


def _origin(report: Mapping[str, Any]) -> str:
    if report["words_file"]:
        return (
            f"of the list: {report['num_whole']} words are pieces already, "
            f"{report['num_repeated']} lines repeat one, "
            f"{report['num_unknown']} of the new ones were unknown"
        )
    return (
        f"of {report['num_candidates']} candidates in "
        f"{report['num_words']} words; {report['num_cut_off']} were left out "
        "because longer words would be unknown"
    )


def _cuts(changes: Mapping[str, Any]) -> list[str]:
    before, after = changes["before"], changes["after"]
    if not before["num_words"]:
        return ["held out: no text (give more, or a larger --held_out_share)"]
    return [
        f"held out, {before['num_words']} words: "
        f"{before['pieces_per_word']:.4f} pieces per word became "
        f"{after['pieces_per_word']:.4f}, {before['unknown_share']:.4%} "
        f"unknown became {after['unknown_share']:.4%}",
        f"  {changes['num_new']} of them are new pieces; "
        f"{changes['num_longer']} others begin with one: "
        f"{changes['longer_before']} pieces became {changes['longer_after']}, "
        f"{changes['num_lost']} words became unknown",
    ]


def _outputs(unchanged: Mapping[str, Any]) -> list[str]:
    if not unchanged["num_rows"]:
        return ["outputs were not compared: the text has no line for it"]
    return [
        f"outputs for old pieces on {unchanged['num_rows']} sentences "
        f"({unchanged['num_rows_cut']} of them with new words left out): "
        f"largest difference {unchanged['largest_difference']:.2g}, of values "
        f"up to {unchanged['largest_logit']:.1f}"
    ]
