"""What can be told of two short texts that are not in English: a word for "without", or one word in another's place."""

from __future__ import annotations

from rapidfuzz import fuzz

from brainstorm.dedup.reading import Reading, bag

_WITHOUT = bag(
    "ohne nicht kein keine keinen keiner niemals zonder niet geen utan inte uten ikke uden sans pas jamais sin nunca "
    "senza non mai sem não bez nie ilman ei olmadan değil без не нет нельзя никогда без ні χωρίς δεν بدون لا ليس غير "
    "बिना नहीं मत 无 無 不 没 沒 非 免 なし ない せず tanpa tidak không без"
)
"""Words for "without", "not" and "no" in some twenty languages."""

_ALIKE = 60
"""rapidfuzz ratio from which two words may be one in two forms (Katze, Katzen; кошек, кошками)."""

_MOST_WORDS = 12
"""Words of a text up to which one word in another's place makes another idea."""

_SHORTEST = 3
"""Letters of a word that fills a slot, where words are set apart by spaces: shorter ones are mostly prepositions."""

_FIRST = 4
"""Words up to which the first may fill the slot: later on it is often a verb, put otherwise."""


def foreign_rule(one: Reading, two: Reading) -> str:
    """The guard that keeps two texts apart of which one is not in English: "negation", "slot", or ""."""
    a, b = one.words, two.words
    if not a or not b or max(len(a), len(b)) > _MOST_WORDS:
        return ""
    negated = (sum(w in _WITHOUT for w in a) + sum(w in _WITHOUT for w in b)) % 2
    rest_a, rest_b = ([w for w in words if w not in _WITHOUT] for words in (a, b))
    if negated and rest_a and rest_b:
        shared = sum(any(_one_word(x, y) for y in rest_b) for x in rest_a)
        if shared >= max(len(rest_a), len(rest_b)) / 2:
            return "negation"
    if len(a) != len(b):
        return ""
    unlike = [k for k, (x, y) in enumerate(zip(a, b, strict=True)) if not _one_word(x, y)]
    if len(unlike) != 1 or len(a) == 1:
        return ""
    at = unlike[0]
    spaced = " " in one.normal or " " in two.normal
    if spaced and (min(len(a[at]), len(b[at])) < _SHORTEST or (at == 0 and len(a) > _FIRST)):
        return ""
    return "slot"


def _one_word(a: str, b: str) -> bool:
    return a == b or (min(len(a), len(b)) > 1 and fuzz.ratio(a, b) >= _ALIKE)
