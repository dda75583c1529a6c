"""The words that clinical notes add to a language's sentence rules.

Doses, titles and units that are written with a full stop, and what a
statement of a note begins with. Read off notes and Portuguese clinical texts
other than those of tests/fixtures/clinical_sentences/test.jsonl.
"""

from __future__ import annotations

import dataclasses

from preprocessing.sentence_rules import ENGLISH, PORTUGUESE, words

# Written in small letters or capitals; they end a statement as often as not.
_DOSES = words("""
    a.c a.d a.m a.s a.u b.i.d h.s i.m i.v n.p.o o.d o.s o.u p.c p.m p.o p.r.n
    q.a.m q.d q.h q.h.s q.i.d q.o.d q.p.m s.c s.l s.q t.i.d
""")

# Before a number goes the dose on: v.o. 8/8 h.
_ROUTES_PT = words("e.v i.m i.v s.c s.l v.o")

CLINICAL_ENGLISH = dataclasses.replace(
    ENGLISH,
    never_last=ENGLISH.never_last - {"ca"}  # cancer
    | words("attn diff hosp incl resp s.p st subq vol w.r.t"),
    before_number=ENGLISH.before_number
    | words("apt bldg box ca cat cr ext grp ft hct hgb lot ph rm tel wt ht"),
    seldom_last=ENGLISH.seldom_last
    | words("""
        caps cont d.o inj m.d p.a pt pts r.n sq tabs y.o
    """),
    often_last=_DOSES,
    beginnings=ENGLISH.beginnings
    | words("""
        Abdomen Able Add Admitted Advised All Allergies Also Assessment Avoid
        Bilateral Breast Cardiac Check Chest Consider Continue Continued
        Cranial Denied Discharge Discussed Extremities Eyes Family Follow
        Followup GI General HEENT Has Heart Hemoglobin History I Impression
        Increase Is Labs Last Lungs Mild Mom Mother Father Mr Mr. Mrs Mrs. Ms
        Ms. Dr Dr. Needs Negative Neuro Neurologic New Normal Onset Plan
        Please Positive Prior Pt Pulse Recheck Recommend Repeat Reports Return
        Review S/P See Seen Skin Social Start Started Status Stop There Today
        Vital Vitals Was Will
    """),
    small_beginnings=True,
    never_first=words("""
        and or but nor if of to for from in into on onto at by with without
        as per than that which who whose is are was were be been has have had
        x times daily twice once every each until while when where because
    """),
)

CLINICAL_PORTUGUESE = dataclasses.replace(
    PORTUGUESE,
    never_last=PORTUGUESE.never_last
    | words("""
        aprox exmos exmas enf enfª fisiot máx mín méd obs eng engª drª profª
        srª srs sras hosp resp temp pac p.e
    """),
    before_number=PORTUGUESE.before_number
    | _ROUTES_PT
    | words("fl fls leito tel ramal vig nasc proc qto apto vs"),
    seldom_last=PORTUGUESE.seldom_last
    | words("""
        amp caps comp comps cp cps cx fr gts inj ltda tto ttº
    """),
    often_last=_ROUTES_PT,
    beginnings=PORTUGUESE.beginnings
    | words("""
        Ainda Alta Antecedentes Apresenta Apresentava Assim Ausência Conclusão
        Diagnóstico Evolução Exame Faz Fez Há HDA Internamento Iniciou Mantém
        Medicado Medicada Nesta Neste Nessa Nesse No Objectivamente Observação
        Paciente Pedimos Plano Realizou Refere Reflexos Segue Sempre Tem Teve
        Trata-se Veio
    """),
    small_beginnings=True,
    never_first=words("""
        e ou mas nem de da do das dos em na no nas nos a o as os ao aos à às
        para por pelo pela com que se como até entre é foi está
        por dia
    """),
)
