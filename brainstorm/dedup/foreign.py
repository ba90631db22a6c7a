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

_ALIKE = 58
"""rapidfuzz ratio from which two words may be one in two forms (Katze, Katzen; кошек, кошками)."""

_MOST_WORDS = 12
"""Words of a text up to which one word in another's place makes another idea."""

_SHORTEST = 4
"""Letters of a word that fills a slot, where words are set apart by spaces: shorter ones are mostly prepositions."""

_SIGNS = 3
"""Most characters that fill a slot where words are not set apart: 自行车, a bicycle."""

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
    spaced = " " in one.normal or " " in two.normal
    start = 0
    while start < min(len(a), len(b)) and _one_word(a[start], b[start], spaced):
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and _one_word(a[-1 - end], b[-1 - end], spaced):
        end += 1
    slot_a, slot_b = a[start : len(a) - end], b[start : len(b) - end]
    most = 1 if spaced else _SIGNS
    if not (1 <= len(slot_a) <= most and 1 <= len(slot_b) <= most) or start + end < (len(slot_a) + len(slot_b)) / 2:
        return ""
    if any(_one_word(x, y) for x in slot_a for y in slot_b):
        return ""
    if spaced and start == 0 and len(a) > _FIRST:
        return ""
    return "slot"


def _one_word(a: str, b: str, short_too: bool = False) -> bool:
    """Whether two words are one in two forms; with `short_too`, also any two that are likely prepositions."""
    if a == b or (short_too and max(len(a), len(b)) < _SHORTEST):
        return True
    return min(len(a), len(b)) > 1 and fuzz.ratio(a, b) >= _ALIKE
