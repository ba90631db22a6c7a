"""The words by which replies name the parts of an idea, in the languages people brainstorm in."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Keys and tags that hold the idea itself, the surest first.
TEXT = (
    "text", "idea", "response", "answer", "content", "suggestion", "proposal", "joke", "story", "poem",
    "haiku", "statement", "message", "output", "completion", "generation", "sentence", "quote", "line",
    "body", "value", "concept", "option", "candidate", "item", "pitch", "slogan", "tagline", "use",
    "gift", "feature", "opening", "question", "description", "desc", "detail", "details", "summary",
    "texto", "respuesta", "descripción", "texte", "idée", "réponse", "antwort", "idee", "testo",
    "risposta", "resposta", "ideia", "текст", "идея", "ответ", "文本", "内容", "想法", "创意", "回答",
    "テキスト", "アイデア", "텍스트", "아이디어", "내용", "نص", "فكرة", "النص", "الفكرة", "טקסט",
    "רעיון",
)  # fmt: skip
HEADING = (
    "heading", "title", "name", "headline", "header", "label", "short", "caption", "subject", "título",
    "titulo", "nombre", "titre", "nom", "titel", "überschrift", "titolo", "nome", "заголовок",
    "название", "标题", "名称", "タイトル", "名前", "제목", "이름", "عنوان", "العنوان", "כותרת",
)  # fmt: skip
PROBABILITY = (
    "probability", "prob", "probabilities", "likelihood", "p", "chance", "confidence", "weight",
    "probabilidad", "probabilité", "probabilite", "wahrscheinlichkeit", "probabilità", "probabilidade",
    "вероятность", "概率", "機率", "确率", "確率", "可能性", "확률", "احتمال", "الاحتمال", "احتمالية",
    "הסתברות", "סבירות", "waarschijnlijkheid", "kans", "olasılık", "ihtimal", "sannolikhet", "sannsynlighet",
    "sandsynlighed", "todennäköisyys", "prawdopodobieństwo", "pravděpodobnost", "pravdepodobnosť", "vjerojatnost",
    "verovatnoća", "вероватноћа", "вероятност", "ймовірність", "імовірність", "valószínűség", "probabilitate",
    "πιθανότητα", "probabilitas", "kemungkinan", "peluang", "kebarangkalian", "xác suất", "uwezekano", "几率", "幾率",
    "가능성", "संभावना", "प्रायिकता", "शक्यता", "সম্ভাবনা", "সম্ভাব্যতা", "ความน่าจะเป็น", "โอกาส", "நிகழ்தகவு", "సంభావ్యత",
    "સંભાવના", "ਸੰਭਾਵਨਾ", "امکان",
)  # fmt: skip
# Fields beside the idea: kept as leftover, never taken for the idea while another field can be.
ASIDE = (
    "id", "index", "number", "no", "rank", "category", "type", "persona", "role", "author", "reason",
    "reasoning", "rationale", "explanation", "why", "thought", "thinking", "thoughts", "analysis",
    "note", "notes", "comment", "score", "rating", "tag", "tags", "keyword", "keywords", "example",
    "examples", "topic", "prompt", "query", "instruction", "instructions", "status", "language",
    "source", "date", "theme", "style", "tone", "emoji", "pros", "cons", "steps", "materials",
    "ingredients", "features", "benefits", "audience", "difficulty", "cost", "price", "image", "url",
    "link", "year", "age", "color", "count", "total", "k", "task", "brief", "input", "error",
    "metadata", "method", "strategy", "direction", "refusal", "refused",
)  # fmt: skip
# Labels that announce a part rather than an idea.
SUBLABEL = frozenset(
    [
        "step",
        "day",
        "week",
        "month",
        "phase",
        "chapter",
        "scene",
        "verse",
        "stanza",
        "line",
        "act",
        "stage",
        "part",
        "round",
        "section",
        "page",
        "level",
        "figure",
        "category",
        "persona",
        "theme",
        "group",
        "table",
        "note",
        "example",
    ]
)
META_HEADING = frozenset(
    [
        "introduction",
        "intro",
        "conclusion",
        "summary",
        "overview",
        "note",
        "notes",
        "disclaimer",
        "final",
        "thoughts",
        "closing",
        "preamble",
        "reasoning",
        "thinking",
        "analysis",
        "explanation",
        "instructions",
        "instruction",
        "references",
        "sources",
        "task",
        "prompt",
        "topic",
    ]
)

_TEXT_RANK = {w: i for i, w in enumerate(TEXT)}
_HEADING_RANK = {w: i for i, w in enumerate(HEADING)}
_PROB_RANK = {w: i for i, w in enumerate(PROBABILITY)}
_ASIDE = frozenset(ASIDE)
_JOINERS = re.compile(r"[\s_\-*:]+")
_INDEXED = re.compile(r"^(.*?)[\s_#.\-]*(\d{1,4})$", re.DOTALL)


def fold_key(key: str) -> str:
    """A key or tag as it is compared: case, accents' form, spaces, dashes and underscores levelled."""
    return _fold(key[:80])


@lru_cache(2048)
def _fold(key: str) -> str:
    return _JOINERS.sub("_", unicodedata.normalize("NFC", key).strip().lower()).strip("_")


@lru_cache(2048)
def _split(folded: str) -> tuple[str, str]:
    found = _INDEXED.match(folded)
    return (found[1].strip("_"), found[2]) if found else (folded, "")


def split_index(key: str) -> tuple[str, str]:
    """`"idea_3"` → `("idea", "3")`, `"7"` → `("", "7")`, `"text"` → `("text", "")`."""
    return _split(fold_key(key))


def _rank(key: str, ranks: dict[str, int], tails: bool) -> int | None:
    if key in ranks:
        return ranks[key]
    if tails and "_" in key:
        tail = key.rsplit("_", 1)[1]
        if len(tail) > 2 and tail in ranks:
            return ranks[tail] + 100
    return None


def text_rank(key: str) -> int | None:
    """How surely a folded key names the idea's text (0 is surest), or `None`."""
    return _rank(key, _TEXT_RANK, True)


def heading_rank(key: str) -> int | None:
    """How surely a folded key names the idea's heading (0 is surest), or `None`."""
    return _rank(key, _HEADING_RANK, True)


def probability_rank(key: str) -> int | None:
    """How surely a folded key names the stated probability (0 is surest), or `None`."""
    rank = _rank(key, _PROB_RANK, True)
    if rank is None and "_" in key and len(head := key.split("_", 1)[0]) > 2 and head in _PROB_RANK:
        return _PROB_RANK[head] + 200  # probability_of_success
    return rank


def is_aside(key: str) -> bool:
    """Whether a folded key names something beside the idea."""
    return key in _ASIDE


def is_known(key: str) -> bool:
    """Whether a folded key belongs to the vocabulary of a record, as against being a title of its own."""
    return (
        is_aside(key)
        or text_rank(key) is not None
        or heading_rank(key) is not None
        or probability_rank(key) is not None
    )


# Words that, with a number, begin an idea: "Idea 3: …". Others do so only from 1 on, or after their like.
LABELS = frozenset(
    TEXT
    + HEADING
    + (
        "response", "number", "no", "choice", "alternative", "entry", "variant", "version",
        "scenario", "recipe", "game", "experiment", "reason", "way", "method", "opening", "plan",
        "thought", "tip", "limerick", "riddle", "pun", "caption", "lyric", "verse", "vorschlag",
        "option", "opción", "opcion", "respuesta", "réponse", "antwort", "vorschläge", "risposta",
        "resposta", "ответ", "вариант", "案", "方案", "建议", "点子", "선택", "الخيار", "pomysł", "fikir",
        "idé",
    )
)  # fmt: skip
# Lines with a colon, or headings, that announce a part of one idea rather than a list of them.
PARTS = frozenset(
    [
        "ingredients",
        "instructions",
        "directions",
        "materials",
        "steps",
        "method",
        "preparation",
        "procedure",
        "equipment",
        "requirements",
        "benefits",
        "features",
        "pros",
        "cons",
        "advantages",
        "disadvantages",
        "how",
        "why",
        "usage",
        "rules",
        "details",
        "ingredientes",
        "instrucciones",
        "zutaten",
        "anleitung",
        "zubereitung",
        "ingrédients",
        "préparation",
        "ingredienti",
        "preparazione",
    ]
)


def is_part(text: str) -> bool:
    """Whether a short line announces a part of one idea: `Ingredients:`, `**How it works**`."""
    if text.rstrip(" *_")[-1:] not in (":", "："):
        return False
    words = fold_key(text.strip().strip("#*_ :：.")).split("_")
    named = words[0] in PARTS or (words[-1] in PARTS and len(words) == 2)
    return len(words) <= 4 and named


# Fences that hold programs.
PROGRAMMING = frozenset(
    (
        "python", "py", "javascript", "js", "typescript", "ts", "java", "c", "cpp", "c++", "csharp", "cs",
        "go", "rust", "ruby", "php", "bash", "sh", "shell", "css", "sql", "r", "swift", "kotlin", "html",
        "lua", "perl",
    )
)  # fmt: skip
