"""The files that a run leaves in its folder, for --overwrite_output_dir."""

RUN_FLAGS = "run.flags"
# What a run leaves in its folder beside checkpoints and TensorBoard's files.
_OWN_FILES = (
    "checkpoint",
    "bert_config.json",
    "albert_config.json",
    "label_map.json",
    "metrics.jsonl",
    "eval_results.txt",
    "test_results.txt",
    "results.json",
    "seeds.json",
    "folds.json",
    "types.json",
    "tagger.json",
    "idx2tag.json",
    "classification_report.txt",
    "learning_curves.png",
    "diverged.json",
    "confusion.png",
    "per_entity.md",
    "per_entity.tsv",
    "token_test.txt",
    "label_test.txt",
    "NER_result_conll.txt",
    "NER_result_conll_eval.txt",
    "predictions.jsonl",
    "classifier.json",
    "entity_markers.json",
    "test_results.tsv",
    "submit_results.tsv",
    "predictions.tsv",
    "predictions_eval.tsv",
    "predicted_scores.png",
    "question_answering.json",
    "predictions.json",
    "nbest_predictions.json",
    "null_odds.json",
    RUN_FLAGS,
)
_OWN_PREFIXES = ("model.ckpt-", "events.out.tfevents.")


def is_own(name: str) -> bool:
    """Returns whether a run may have left a file of this name."""
    return name in _OWN_FILES or name.startswith(_OWN_PREFIXES)
