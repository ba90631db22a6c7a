# ruff: noqa: E501  (replies are data)
"""One reply a format, with its ideas: text, heading, probability."""

from __future__ import annotations

import pytest

from brainstorm.parse import parse

Idea = tuple[str, str | None, float | None]
REPLIES: dict[str, tuple[str, list[Idea]]] = {
    'gpt4 bold list': (
        "Sure! Here are 3 bakery names:\n\n1. **Crumb & Circuit** – A playful blend of baking and robotics.\n\n2. **The Rolling Pin Protocol** – Suggests precision.\n\n3. **Dough.exe** – For the geeky crowd.\n\nLet me know if you'd like more options!",
        [('Crumb & Circuit – A playful blend of baking and robotics.', 'Crumb & Circuit', None), ('The Rolling Pin Protocol – Suggests precision.', 'The Rolling Pin Protocol', None), ('Dough.exe – For the geeky crowd.', 'Dough.exe', None)],
    ),
    'gpt title para': (
        '### 1. Crumb & Circuit\nA playful blend.\n\n**Why it works:** short.\n\n### 2. Dough.exe\nFor geeks.\n\n**Why it works:** fun.\n\n---\n\nWould you like me to refine any of these?',
        [('A playful blend.\n\nWhy it works: short.', 'Crumb & Circuit', None), ('For geeks.\n\nWhy it works: fun.', 'Dough.exe', None)],
    ),
    'category': (
        'Here are ideas by category:\n\n**Funny**\n- Loaf Bot\n- Rise of the Machines\n\n**Classy**\n- Automaton Patisserie\n- Silver Crust\n',
        [('Loaf Bot', None, None), ('Rise of the Machines', None, None), ('Automaton Patisserie', None, None), ('Silver Crust', None, None)],
    ),
    'category h2': (
        '## Funny\n1. Loaf Bot\n2. Rise of the Machines\n\n## Classy\n3. Automaton Patisserie\n4. Silver Crust',
        [('Loaf Bot', None, None), ('Rise of the Machines', None, None), ('Automaton Patisserie', None, None), ('Silver Crust', None, None)],
    ),
    'nested cat': (
        '- **Funny:**\n  - Loaf Bot\n  - Rise\n- **Classy:**\n  - Automaton\n  - Silver',
        [('Loaf Bot', None, None), ('Rise', None, None), ('Automaton', None, None), ('Silver', None, None)],
    ),
    'subbullets': (
        '1. **Loaf Bot**\n   - *Concept:* a robot that loafs\n   - *Probability:* 0.08\n2. **Silver Crust**\n   - *Concept:* posh\n   - *Probability:* 0.12',
        [('Loaf Bot\n- Concept: a robot that loafs', 'Loaf Bot', 0.08), ('Silver Crust\n- Concept: posh', 'Silver Crust', 0.12)],
    ),
    'vs xml paper': (
        '<response>\n<text>Why did the coffee file a police report? It got mugged.</text>\n<probability>0.08</probability>\n</response>\n\n<response>\n<text>Tom & Jerry <3 espresso</text>\n<probability>0.05</probability>\n</response>',
        [('Why did the coffee file a police report? It got mugged.', None, 0.08), ('Tom & Jerry <3 espresso', None, 0.05)],
    ),
    'xml headings': (
        '**Joke 1: The Mug**\n<response>\n<text>It got mugged.</text>\n<probability>0.08</probability>\n</response>\n\n**Joke 2: The Bean** (Probability: 0.07)\n<response>\n<text>Bean there.</text>\n</response>',
        [('It got mugged.', 'The Mug', 0.08), ('Bean there.', 'The Bean', 0.07)],
    ),
    'xml wrapper': (
        '<responses>\n  <response probability="0.08"><title>Mug</title><text>It got mugged.</text></response>\n  <response><idea>Bean there</idea><p>7%</p></response>\n</responses>',
        [('It got mugged.', 'Mug', 0.08), ('Bean there', None, 0.07)],
    ),
    'xml missing': (
        '<response>\n<text>It got mugged.\n<probability>0.08\n<response>\n<text>Bean there.\n<probability>0.07\n',
        [('It got mugged.', None, 0.08), ('Bean there.', None, 0.07)],
    ),
    'think': (
        '<think>\nOkay, let me list: 1. foo 2. bar\n- maybe baz\n</think>\n\n{"responses": [{"text": "A", "probability": 0.1}, {"text": "B b", "probability": 0.2}]}',
        [('A', None, 0.1), ('B b', None, 0.2)],
    ),
    'harmony': (
        '<|channel|>analysis<|message|>We need ideas: 1. x 2. y<|end|><|start|>assistant<|channel|>final<|message|>1. Alpha one\n2. Beta two',
        [('Alpha one', None, None), ('Beta two', None, None)],
    ),
    'unopened': (
        'Okay, the user wants names. Let me think.\n1. Maybe foo\n2. Maybe bar\n</think>\n1. Alpha one\n2. Beta two',
        [('Alpha one', None, None), ('Beta two', None, None)],
    ),
    'ar': (
        'إليك بعض الأفكار:\n\n١. مقهى القمر (الاحتمال: ٠٫٠٧)\n٢. ركن الهيل (الاحتمال: ٠٫٠٥)\n\nآمل أن تعجبك!',
        [('مقهى القمر', None, 0.07), ('ركن الهيل', None, 0.05)],
    ),
    'he': (
        '1. בית הקפה של סבתא (הסתברות: 0.07)\n2. פינת ההל (הסתברות: 0.05)',
        [('בית הקפה של סבתא', None, 0.07), ('פינת ההל', None, 0.05)],
    ),
    'zh': (
        '以下是三个创意：\n\n一、月光咖啡馆（概率：0.07）\n二、云端书屋（概率：5%）\n三、猫的早餐',
        [('月光咖啡馆', None, 0.07), ('云端书屋', None, 0.05), ('猫的早餐', None, None)],
    ),
    'zh2': (
        '第1个：月光咖啡馆\n第2个：云端书屋\n第3个：猫的早餐',
        [('月光咖啡馆', None, None), ('云端书屋', None, None), ('猫的早餐', None, None)],
    ),
    'ja': (
        'アイデア1：月のカフェ（確率：0.07）\nアイデア2：雲の本屋（確率：0.05）',
        [('月のカフェ', None, 0.07), ('雲の本屋', None, 0.05)],
    ),
    'ja2': (
        '①月のカフェ\n②雲の本屋',
        [('月のカフェ', None, None), ('雲の本屋', None, None)],
    ),
    'ko': (
        '1. 달빛 카페 (확률: 0.07)\n2. 구름 서점 (확률: 0.05)',
        [('달빛 카페', None, 0.07), ('구름 서점', None, 0.05)],
    ),
    'es': (
        'Aquí tienes tres ideas:\n\n1. Pan y Tuercas (Probabilidad: 0,07)\n2. Horno 3000 (Probabilidad: 5 %)\n\n¡Espero que te gusten!',
        [('Pan y Tuercas', None, 0.07), ('Horno 3000', None, 0.05)],
    ),
    'ru': (
        'Вот идеи:\n\n1) Булка-бот (вероятность: 0,07)\n2) Хлебный код (вероятность: 5%)',
        [('Булка-бот', None, 0.07), ('Хлебный код', None, 0.05)],
    ),
    'poems': (
        'Poem 1:\n\nRoses are red,\nViolets are blue.\n\nSugar is sweet,\nAnd so are you.\n\nPoem 2:\n\nThe sea is deep,\nThe sky is high.\n\nProbability: 0.05',
        [('Roses are red,\nViolets are blue.\n\nSugar is sweet,\nAnd so are you.', None, None), ('The sea is deep,\nThe sky is high.', None, 0.05)],
    ),
    'story json': (
        '{"responses": [{"text": "Line one.\\n\\nLine two with \\"quotes\\".\\n- not a list", "probability": 0.03}]}',
        [('Line one.\n\nLine two with "quotes".\n- not a list', None, 0.03)],
    ),
    'trunc': (
        '{"responses": [{"text": "Alpha", "probability": 0.1}, {"text": "Beta and then it just',
        [('Alpha', None, 0.1), ('Beta and then it just', None, None)],
    ),
    'several fences': (
        'First:\n```json\n{"text": "Alpha", "probability": 0.1}\n```\nSecond:\n```json\n{"text": "Beta", "probability": 0.2}\n```',
        [('Alpha', None, 0.1), ('Beta', None, 0.2)],
    ),
    'double encoded': (
        '{"responses": "[{\\"text\\": \\"Alpha\\", \\"probability\\": 0.1}]"}',
        [('Alpha', None, 0.1)],
    ),
    'table': (
        '| # | Name | Description | Probability |\n|:-:|:-----|:-----------:|------------:|\n| 1 | **Loaf Bot** | A robot | 7% |\n| 2 | Silver Crust | Posh \\| nice | 0.05 |',
        [('A robot', 'Loaf Bot', 0.07), ('Posh | nice', 'Silver Crust', 0.05)],
    ),
    'emoji bullets': (
        '🍞 Loaf Bot\n🤖 Silver Crust\n🥐 Croissant.exe',
        [('🍞 Loaf Bot', None, None), ('🤖 Silver Crust', None, None), ('🥐 Croissant.exe', None, None)],
    ),
    'emoji keycap': (
        '1️⃣ Loaf Bot\n2️⃣ Silver Crust',
        [('Loaf Bot', None, None), ('Silver Crust', None, None)],
    ),
    'p lead': (
        '[0.07] Loaf Bot\n[0.05] Silver Crust',
        [('Loaf Bot', None, 0.07), ('Silver Crust', None, 0.05)],
    ),
    'p lead2': (
        '0.07: Loaf Bot\n0.05: Silver Crust',
        [('Loaf Bot', None, 0.07), ('Silver Crust', None, 0.05)],
    ),
    'p dash': (
        '- Loaf Bot — 7%\n- Silver Crust — 5%',
        [('Loaf Bot', None, 0.07), ('Silver Crust', None, 0.05)],
    ),
    'bold p': (
        '**1. Loaf Bot** (p = 0.07)\nA robot.\n\n**2. Silver Crust** (p = 0.05)\nPosh.',
        [('A robot.', 'Loaf Bot', 0.07), ('Posh.', 'Silver Crust', 0.05)],
    ),
    'kv': (
        'Heading: Loaf Bot\nText: A robot that loafs.\nProbability: 0.07\n\nHeading: Silver Crust\nText: Posh.\nProbability: 0.05',
        [('A robot that loafs.', 'Loaf Bot', 0.07), ('Posh.', 'Silver Crust', 0.05)],
    ),
    'yaml': (
        '```yaml\n- text: Loaf Bot\n  probability: 0.07\n- text: Silver Crust\n  probability: 0.05\n```',
        [('Loaf Bot', None, 0.07), ('Silver Crust', None, 0.05)],
    ),
    'csv': (
        '```csv\nidea,probability\nLoaf Bot,0.07\nSilver Crust,0.05\n```',
        [('Loaf Bot', None, 0.07), ('Silver Crust', None, 0.05)],
    ),
    'csv quoted': (
        'idea,probability\n"Loaf, Bot",0.07\n"Silver Crust",0.05',
        [('Loaf, Bot', None, 0.07), ('Silver Crust', None, 0.05)],
    ),
    'inline': (
        'Here are three: 1. Loaf Bot 2. Silver Crust 3. Dough.exe',
        [('Loaf Bot', None, None), ('Silver Crust', None, None), ('Dough.exe', None, None)],
    ),
    'options': (
        'Option A: Loaf Bot\nOption B: Silver Crust\nOption C: Dough.exe',
        [('Loaf Bot', None, None), ('Silver Crust', None, None), ('Dough.exe', None, None)],
    ),
    'letters': (
        'a) Loaf Bot\nb) Silver Crust\nc) Dough.exe',
        [('Loaf Bot', None, None), ('Silver Crust', None, None), ('Dough.exe', None, None)],
    ),
    'roman': (
        'I. Loaf Bot\nII. Silver Crust\nIII. Dough.exe',
        [('Loaf Bot', None, None), ('Silver Crust', None, None), ('Dough.exe', None, None)],
    ),
    'first second': (
        'First, a loaf bot.\n\nSecond, a silver crust.\n\nThird, dough.',
        [('First, a loaf bot.', None, None), ('Second, a silver crust.', None, None), ('Third, dough.', None, None)],
    ),
    'qa jokes': (
        '1. Q: Why did the bot bake?\n   A: It kneaded dough.\n\n2. Q: Why?\n   A: Because.',
        [('Q: Why did the bot bake?\nA: It kneaded dough.', None, None), ('Q: Why?\nA: Because.', None, None)],
    ),
    'quoted lines': (
        '"Loaf Bot"\n"Silver Crust"\n"Dough.exe"',
        [('Loaf Bot', None, None), ('Silver Crust', None, None), ('Dough.exe', None, None)],
    ),
    'bold lead paras': (
        '**Loaf Bot**: A robot that loafs.\n\n**Silver Crust**: Posh.\n\n**Dough.exe**: Geeky.',
        [('Loaf Bot: A robot that loafs.', 'Loaf Bot', None), ('Silver Crust: Posh.', 'Silver Crust', None), ('Dough.exe: Geeky.', 'Dough.exe', None)],
    ),
    'bold lead bullets': (
        '- **Loaf Bot**: A robot that loafs.\n- **Silver Crust**: Posh.',
        [('Loaf Bot: A robot that loafs.', 'Loaf Bot', None), ('Silver Crust: Posh.', 'Silver Crust', None)],
    ),
    'single quotes': (
        '{\'responses\': [{\'text\': "It\'s a bot", \'probability\': 0.07}, {\'text\': \'Say "hi"\', \'probability\': 0.05}]}',
        [("It's a bot", None, 0.07), ('Say "hi"', None, 0.05)],
    ),
    'py prefix': (
        'responses = [{"text": "Loaf", "probability": 0.1}]',
        [('Loaf', None, 0.1)],
    ),
    'html': (
        '<ul>\n<li>Loaf Bot</li>\n<li>Silver <b>Crust</b></li>\n</ul>',
        [('Loaf Bot', None, None), ('Silver Crust', None, None)],
    ),
    'ol': (
        '<ol><li>Loaf Bot<li>Silver Crust</ol>',
        [('Loaf Bot', None, None), ('Silver Crust', None, None)],
    ),
    'unlikely prose': (
        'A bakery called Loaf Bot would be fun because robots bake the bread. (Probability: 0.07)',
        [('A bakery called Loaf Bot would be fun because robots bake the bread.', None, 0.07)],
    ),
    'titles': (
        '{"ideas":[{"title":"Loaf Bot","description":"A robot.","probability":0.07,"tags":["a","b"]}]}',
        [('A robot.', 'Loaf Bot', 0.07)],
    ),
    'dict titles': (
        '{"Loaf Bot": "A robot that loafs", "Silver Crust": "Posh"}',
        [('A robot that loafs', 'Loaf Bot', None), ('Posh', 'Silver Crust', None)],
    ),
    'dict probs': (
        '{"Loaf Bot": 0.07, "Silver Crust": 0.05}',
        [('Loaf Bot', None, 0.07), ('Silver Crust', None, 0.05)],
    ),
    'personas': (
        '{"Botanist": [{"text":"Fern cafe","probability":0.1}], "Pilot": [{"text":"Sky bread","probability":0.2}]}',
        [('Fern cafe', None, 0.1), ('Sky bread', None, 0.2)],
    ),
    'pairs': (
        '[["Loaf Bot", 0.07], ["Silver Crust", 0.05]]',
        [('Loaf Bot', None, 0.07), ('Silver Crust', None, 0.05)],
    ),
    'ndjson arr': (
        '[{"text":"A a"}]\n[{"text":"B b"}]',
        [('A a', None, None), ('B b', None, None)],
    ),
    'trailing': (
        '{"responses":[{"text":"A a","probability":0.1},{"text":"B b","probability":0.2},]}',
        [('A a', None, 0.1), ('B b', None, 0.2)],
    ),
    'comment': (
        '[\n  // first\n  {"text":"A a" /* x */,"probability":0.1},\n # second\n {"text":"B b","probability":0.2}\n]',
        [('A a', None, 0.1), ('B b', None, 0.2)],
    ),
    'nl in str': (
        '{"responses":[{"text":"Roses are red,\nViolets are blue","probability":0.1},{"text":"B","probability":0.2}]}',
        [('Roses are red,\nViolets are blue', None, 0.1), ('B', None, 0.2)],
    ),
    'missing brace': (
        '{"responses":[{"text":"A a","probability":0.1},{"text":"B b","probability":0.2}',
        [('A a', None, 0.1), ('B b', None, 0.2)],
    ),
    'missing quote': (
        '{"responses":[{"text":"A a,"probability":0.1},{"text":"B b","probability":0.2}]}',
        [('A a', None, 0.1), ('B b', None, 0.2)],
    ),
    'prose around': (
        'Here you go {"responses":[{"text":"A a","probability":0.1}]} hope it helps',
        [('A a', None, 0.1)],
    ),
    'thousands': (
        '[{"text":"A a","probability":"1,000"}]',
        [('A a', None, None)],
    ),
    'words': (
        '[{"text":"A a","probability":"low"},{"text":"B b","probability":null},{"text":"C c"}]',
        [('A a', None, None), ('B b', None, None), ('C c', None, None)],
    ),
    'setlike': (
        '{"Loaf Bot", "Silver Crust"}',
        [('Loaf Bot', None, None), ('Silver Crust', None, None)],
    ),
    'numbered story': (
        '1. The baker woke at four. The ovens hummed.\n\nShe had never seen a robot cry before.\n\n2. Nobody bought bread on the day the machines arrived.\n\nThey bought oil instead.\n\n3. It began with a crumb.\n\nAnd ended with a loaf.',
        [('The baker woke at four. The ovens hummed.\n\nShe had never seen a robot cry before.', None, None), ('Nobody bought bread on the day the machines arrived.\n\nThey bought oil instead.', None, None), ('It began with a crumb.\n\nAnd ended with a loaf.', None, None)],
    ),
    'numbered story signoff': (
        '1. The baker woke at four.\n\nShe had never seen a robot cry before.\n\n2. It began with a crumb.\n\nAnd ended with a loaf.\n\nI hope you enjoy these openings!',
        [('The baker woke at four.\n\nShe had never seen a robot cry before.', None, None), ('It began with a crumb.\n\nAnd ended with a loaf.', None, None)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_in_each_format(name: str) -> None:
    reply, expected = REPLIES[name]
    assert [(c.text, c.heading, c.probability) for c in parse(reply).candidates] == expected


REFUSALS = [
    "I cannot assist with that request.",
    '{"error": "I cannot help with that."}',
    "Lo siento, pero no puedo ayudar con eso.",
    "I'm sorry, but I can't create that kind of content.",
    "As an AI language model, I cannot provide names for weapons.",
    "很抱歉，我无法提供这方面的帮助。",
    "Es tut mir leid, aber dabei kann ich nicht helfen.",
]


@pytest.mark.parametrize("reply", REFUSALS)
def test_refusals_are_recognised(reply: str) -> None:
    parsed = parse(reply)
    assert parsed.refusal
    assert parsed.candidates == ()
    assert parsed.leftover


@pytest.mark.parametrize(
    "reply",
    [
        "I can't believe it's not butter: a musical about margarine.",
        "1. Sorry, we can't help laughing\n2. A hotline that cannot say no",
        "A play in which nobody can help anybody.",
    ],
)
def test_ideas_that_sound_like_refusals_are_none(reply: str) -> None:
    assert not parse(reply).refusal
    assert parse(reply).candidates
