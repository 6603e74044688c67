"""Two yardsticks that need no training: keyword rules, and always the commonest answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from classifiers.corpus import Example
from classifiers.evidence import quote
from classifiers.features import read_document
from classifiers.model import Model
from classifiers.results import Classification, Label, Stage

# One expression a species, in the words that first come to mind.
_RULES = {
    "secondee": r"second(?:ed|ee|ment)|on loan\b|\blent\b",
    "animateur": r"primar(?:y|ies).{0,80}(?:workshop|masterclass|session|saturday)"
    r"|(?:workshop|masterclass|session|saturday).{0,80}primar",
    "enricher": r"masterclass|summer school|saturday school|revision (?:day|school|class)|enrichment",
    "governor": r"\bgovernors?\b|governing bod|\btrustees? of\b",
    "curriculum_developer": r"schemes? of work|curriculum (?:design|development|planning)",
    "research_specialist": r"action research|research (?:lead|school|project)|lesson study|evidence.(?:based|informed)",
    "subject_specialist": r"specialist teach|subject (?:specialist|network|knowledge|expertise)|non-specialist",
    "pedagogue": r"\bcpd\b|professional development|\binset\b|teacher training|\b(?:nqt|ect|itt|pgce)s?\b|coaching",
    "mentor": r"volunteer|reading partner|mentor|community service",
    "supervisor": r"one.to.one|1:1|\bepq\b|mock interview|interview practice|personal statement",
    "digitiser": r"video lesson|online (?:course|lesson|resource|platform)|webinar|podcast",
}
_COMPILED = {code: re.compile(rule, re.IGNORECASE | re.DOTALL) for code, rule in _RULES.items()}


def keyword_rules(examples: Sequence[Example], model: Model) -> list[Classification]:
    """Label each text by whether a keyword stands in it; codes without a rule are never given."""
    return [_by_rules(example, model) for example in examples]


def majority(examples: Sequence[Example], model: Model) -> list[Classification]:
    """Give every text the commonest species and the commonest stage among them, and call it a case study."""
    species = Counter(code for e in examples for code in e.species).most_common(1)
    stage = Counter(e.stage for e in examples).most_common(1)[0][0]
    labels = tuple(Label(code, count / len(examples), ()) for code, count in species)
    return [_plain(model, labels, Stage(stage, 1.0)) for _ in examples]


def _by_rules(example: Example, model: Model) -> Classification:
    document = read_document(example.title, example.text, model.matcher)
    labels = []
    for code in model.outputs.codes:
        hit = _COMPILED[code].search(example.text) if code in _COMPILED else None
        if hit:
            sentences = [n for n, s in enumerate(document.sentences) if s.start <= hit.start() < s.end]
            labels.append(Label(code, 0.6, tuple(quote(document, n) for n in sentences[:1])))
    return _plain(model, tuple(labels), Stage(model.stage.at_level(2) if labels else None, 1.0))


def _plain(model: Model, labels: tuple[Label, ...], stage: Stage) -> Classification:
    return Classification(
        is_case_study=bool(labels),
        case_study_probability=1.0 if labels else 0.0,
        species=labels,
        stage=stage,
        probabilities={label.label: label.probability for label in labels},
        schemes=tuple(model.schemes),
        model="rules",
    )
