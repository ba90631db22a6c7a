"""Candidates that are no ideas: babble, leaked template tokens, echoes of the prompt, talk about the task.

It must never cost a good model an idea, so each rule asks for more than a likeness: repetition must fill
the text, an echo must add nothing to what was asked, talk about the task must be nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from brainstorm.parse.types import Candidate


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate that is no idea.

    Attributes:
        text: what the model said.
        reason: why it was put aside, a short plain phrase.
        call: id of the call whose reply said it, or "".
    """

    text: str
    reason: str
    call: str = ""


# Control tokens of the common chat templates (ChatML, Llama 2 and 3, Mistral, Gemma, Phi, DeepSeek, Zephyr).
_TEMPLATE = re.compile(
    r"<\|[a-z0-9_▁|\- ]{2,40}\|>|<｜[^｜\n]{2,40}｜>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>"
    r"|<\|?(?:im_start|im_end|endoftext|eot_id)\|?>|\[(?:BOS|EOS|PAD|UNK)\]|<(?:unk|pad|bos|eos)>",
    re.IGNORECASE,
)
_ONLY_LABEL = re.compile(
    r"(?:the\s+)?(?:idea|option|suggestion|answer|response|item|concept|example|alternative)s?"
    r"\s*(?:no\.?|nr\.?|#)?\s*(?:\d{1,3}|[a-h]|one|two|three|four|five|six|seven|eight|nine|ten)?\s*[:.)\-–—]*",
    re.IGNORECASE,
)
# Talk about the task, from its first word to its last: an idea may well begin with "Sure" or "Here".
_META = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"(?:(?:sure|certainly|of course|okay|ok|absolutely|great)\b[^\w]*)?"
        r"(?:here (?:are|is)|below (?:are|is)|these are|the following (?:are|is)|this is)\b[^.:!?\n]{0,60}"
        r"\b(?:ideas?|suggestions?|lists?)\b[^:\n]{0,120}:?",
        r"(?:(?:sure|certainly|of course|okay|ok|absolutely|great)\b[^\w]*)?"
        r"(?:here (?:are|is)|below (?:are|is)|the following (?:are|is))\b[^:\n]{0,160}:",
        r"(?:sure|certainly|of course|okay|absolutely)(?: thing)?[!,:]+",
        r"(?:as|i am|i'm|i’m) an? (?:ai|artificial intelligence|(?:large )?language model|assistant)\b.*",
        r"(?:please )?(?:let me know if|feel free to ask|i hope (?:this|these|that) (?:helps|list|ideas)"
        r"|is there anything else|would you like me to|do you (?:want|need) (?:me to|any more|more)"
        r"|how can i (?:help|assist) you)\b.*",
        r"(?:please )?(?:list|write|give me|give|provide|generate) (?:\d+|five|more|other)\b[^.\n]{0,80}"
        r"\b(?:ideas|suggestions|list)\b.*",
    )
)
_I_AM = re.compile(r"(?:i am|i'm|i’m|you are|you're|you’re) (an? [\w\- ]{2,60})[.!]?", re.IGNORECASE)
# A sentence that stops at a word that must be followed by another. Prepositions may end one, so they are left out.
_UNFINISHED = re.compile(
    r"\b(?:the|an?|and|but|or|because|although|"
    r"(?:before|after|when|while|until|because|that|and|but) (?:he|she|they|we|I))$"
)
_LABEL_SIGN = re.compile(r"[\d:]|\b(?:one|two|three|four|five)\b", re.IGNORECASE)
_NUMBERS = re.compile(r"[\d\s.,:;()#/%\-–—]+")
# Scripts that do not part words by spaces, where a count of words says nothing.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)

JUDGED = 20_000
"""Characters of a candidate that are looked at, its first ones: enough to tell, and ten megabytes take seconds."""

# An echo: nearly all its words stand in the text given, nearly in that order (rapidfuzz ratios, 0..100).
ECHO = 92.0
PARTIAL_ECHO = 95.0
LINE = 2_000
"""Characters of a line from which it is material rather than an instruction."""
# Shorter fragments, in words, of a reply that was cut off are no ideas.
FRAGMENT_WORDS = 4


def screen(
    candidates: Sequence[Candidate], *, prompt: str = "", topic: str = ""
) -> tuple[tuple[Candidate, ...], tuple[Rejected, ...]]:
    """Part the ideas from what is none, each in the order said.

    Args:
        candidates: what was parsed from one or more replies.
        prompt: the text that the model was given, instructions and examples included, or "".
        topic: what the ideas are about, or "". An idea may use its words; it may not be only them.
    """
    asked = _asked(prompt, topic)
    kept: list[Candidate] = []
    rejected: list[Rejected] = []
    for candidate in candidates:
        reason = _reason(candidate, asked)
        if reason:
            rejected.append(Rejected(candidate.text, reason, candidate.call))
        else:
            kept.append(candidate)
    return tuple(kept), tuple(rejected)


def _reason(candidate: Candidate, asked: _Asked) -> str:
    said = candidate.text[:JUDGED]
    text = unicodedata.normalize("NFKC", said).strip()
    words = _words(text)
    if not any(unicodedata.category(c)[0] in "LNS" for c in text):
        return "empty" if not text else "only punctuation"
    if _TEMPLATE.search(text) or _TEMPLATE.search(said):
        return "leaked template tokens"
    if not words:  # symbols alone: an emoji may be an idea, a rule or a box is none
        return "" if any(unicodedata.category(c) == "So" for c in text) else "only punctuation"
    if _NUMBERS.fullmatch(text) and (len(words) > 3 or re.fullmatch(r"\d\s*[.):]?", text)):
        return "only numbers"
    plain = text.strip(" *_#\"'`“”‘’")
    if _ONLY_LABEL.fullmatch(plain) and _LABEL_SIGN.search(plain):
        return "only a label"
    if any(pattern.fullmatch(plain) for pattern in _META) or _is_persona(plain, asked.lines):
        return "talk about the task"
    if reason := _loop(text, words):
        return reason
    if reason := _echo(_once(words), asked):
        return reason
    if len(words) >= 5 and _UNFINISHED.search(plain):
        return "unfinished sentence"
    if not candidate.complete and len(words) < FRAGMENT_WORDS and not _UNSPACED.search(text):
        return "cut off"
    return ""


def _words(text: str) -> list[str]:
    """The words in lower case; "&" counts as one, for "Petal & Stem" is "Petal and Stem"."""
    return [word.casefold() for word in _WORD.findall(text.replace("&", " and "))]


def _is_persona(text: str, lines: Sequence[str]) -> bool:
    """ "I'm a botanist." where the prompt said "You are a botanist.": the persona said back."""
    match = _I_AM.fullmatch(text)
    return match is not None and any(f"you are {match[1].casefold()}" in line for line in lines)


# The same words back to back, at least this many times, and filling this share of the text, are a loop.
# Doubled words ("Duran Duran", "Knock knock", "Tick Tock Tick Tock"), anaphora and refrains stay below.
LOOP_TIMES, LOOP_TIMES_WORD, LOOP_TIMES_SHORT, LOOP_SHARE = 4, 5, 8, 0.6
# A text of at least so many words of which so few differ says one thing over and over (choruses: 0.35 up).
DISTINCT_WORDS, DISTINCT_SHARE = 30, 0.25
_LETTERS_LOOP = re.compile(r"(\S{2,20}?)\1{9,}")  # scripts without spaces


def _loop(text: str, words: Sequence[str]) -> str:
    words = [re.sub(r"['’]s$", "", word) for word in words]
    total = len(words)
    looped = total >= DISTINCT_WORDS and len(set(words)) < DISTINCT_SHARE * total
    for n in range(1, min(12, total // LOOP_TIMES) + 1):
        run, unit = _longest_run(words, n)
        needed = LOOP_TIMES
        if len(set(unit)) == 1:  # one word: "ha ha ha ha ha" is a laugh, "Doberman" five times is not
            needed = LOOP_TIMES_WORD if len(unit[0]) > 3 else LOOP_TIMES_SHORT
        looped = looped or (run >= needed and run * n >= LOOP_SHARE * total)
    match = _LETTERS_LOOP.search(text)
    looped = looped or bool(match and len(set(match[1])) > 1 and len(match[0]) >= LOOP_SHARE * len(text))
    return "the same words again and again" if looped else ""


def _longest_run(words: Sequence[str], n: int) -> tuple[int, Sequence[str]]:
    """The n-gram said most often back to back, and how many times."""
    best, unit = 1, words[:n]
    for start in range(n):
        run = 1
        for i in range(start + n, len(words) - n + 1, n):
            run = run + 1 if words[i : i + n] == words[i - n : i] else 1
            if run > best:
                best, unit = run, words[i : i + n]
    return best, unit


def _once(words: Sequence[str]) -> Sequence[str]:
    """The words said once, where the whole text is one phrase said several times."""
    for n in range(1, len(words) // 2 + 1):
        if len(words) % n == 0 and all(words[i] == words[i % n] for i in range(n, len(words))):
            return words[:n]
    return words


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked, as it is compared with each idea.

    Attributes:
        lines: the prompt's lines and sentences, bare of numbering, case and spacing, longer than one word.
        instructions: those that are not the topic's, of ordinary length.
        material: those that are not the topic's and longer.
        topic: its words.
        topic_words: the same, each once.
    """

    lines: tuple[str, ...]
    instructions: tuple[str, ...]
    material: tuple[str, ...]
    topic: str
    topic_words: frozenset[str]


@lru_cache(maxsize=64)  # the same for each idea that a call brings
def _asked(prompt: str, topic: str) -> _Asked:
    from rapidfuzz import fuzz

    found = []
    for line in re.split(r"[\n]+|(?<=[.!?])\s+", unicodedata.normalize("NFKC", prompt)):
        bare = " ".join(_words(re.sub(r"^\s*(?:\d+[.)]|[-*•])\s+", "", line)))
        if " " in bare:
            found.append(bare)
    lines = tuple(dict.fromkeys(found))
    words = _words(unicodedata.normalize("NFKC", topic))
    said = " ".join(words)
    own = [line for line in lines if line not in said and not (said and said in line)]
    instructions = [line for line in own if len(line) <= LINE and fuzz.partial_ratio(line, said[:LINE]) < PARTIAL_ECHO]
    material = [line for line in own if len(line) > LINE]
    return _Asked(lines, tuple(instructions), tuple(material), said, frozenset(words))


def _echo(words: Sequence[str], asked: _Asked) -> str:
    from rapidfuzz import fuzz, process

    text = " ".join(words)
    topic = asked.topic
    if " " in topic and fuzz.ratio(text, topic, score_cutoff=ECHO):
        return "echo of the topic"
    # The topic with nothing added but the words of the task: "List of names for a bakery".
    if topic and len(words) > 2 and not set(words) - asked.topic_words - _TASK_WORDS:
        topic_words = asked.topic_words - _SMALL_WORDS
        if topic_words and topic_words <= set(words):
            return "echo of the topic"
    if len(words) >= 2 and process.extractOne(text, asked.lines, scorer=fuzz.ratio, score_cutoff=ECHO):
        return "echo of the prompt"
    # A piece of a long instruction: at least five words of it, in its order, and nothing else. Not of the
    # topic: it may have named the very idea ("a cooking class, a hike in the hills, or a boat trip?").
    if len(words) < 5:
        return ""
    longer = [line for line in asked.instructions if len(line) > len(text)]
    if process.extractOne(text, longer, scorer=fuzz.partial_ratio, score_cutoff=PARTIAL_ECHO):
        return "echo of the prompt"
    # letter by letter a line of many thousand would take seconds
    return "echo of the prompt" if any(f" {text} " in f" {line} " for line in asked.material) else ""


_SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "for",
        "to",
        "in",
        "on",
        "with",
        "and",
        "or",
        "my",
        "our",
        "your",
        "how",
        "could",
        "can",
        "what",
        "are",
        "is",
    ]
)
_TASK_WORDS = _SMALL_WORDS | frozenset(
    [
        "list",
        "lists",
        "idea",
        "ideas",
        "short",
        "different",
        "numbered",
        "five",
        "5",
        "new",
        "more",
        "some",
        "good",
        "best",
        "topic",
        "following",
        "here",
        "these",
        "suggestion",
        "suggestions",
        "example",
        "examples",
        "write",
        "creative",
    ]
)
