"""CLINpt: Portuguese neurology cases, BioBERTpt's second corpus."""

from reporting.experiments import Experiment, PublishedTable

TABLE = PublishedTable(
    name="portuguese_clinical",
    title="CLINpt: entities in Portuguese neurology cases",
    paper="Schneider et al., ClinicalNLP 2020 (2020.clinicalnlp-1.7), which "
    "used it; corpus of Lopes et al., BioNLP 2019 (W19-5024)",
    metric="entity F1, micro over 13 types, exact span and type",
    protocol="BioBERTpt's scores on this corpus are in no source that we "
    "have. One tagger for all 13 types, as the model of its notebook. Of "
    "BiLSTM-CRF its authors say nearly 75 strict and 83 relaxed, on other "
    "splits (Lopes et al., J Med Syst 2020, abstract)",
    cost="2 minutes of one V100 in float32 (estimated: 1,772 rows, 10 epochs, "
    "at the 148 rows of 128 pieces a second that NVIDIA published)",
    experiments=(
        Experiment(
            name="portuguese_clinical",
            title="PortugueseClinicalNER, 13 types",
            program="run_ner.py",
            recipe="biobertpt_ner.flags",
            flags={
                "task_name": "portuguese_clinical",
                "one_tagger_per_type": "false",
            },
            folders=(
                "PortugueseClinicalNER",
                "PortugueseClinicalNER/conll",
                "CLINpt",
            ),
            headline="entity_f1",
            clinical=True,
        ),
    ),
)
