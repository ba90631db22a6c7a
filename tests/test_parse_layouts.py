# ruff: noqa: E501  (replies are data)
"""Layouts that models like, each with its ideas: text, heading, probability."""

from __future__ import annotations

import pytest

from brainstorm.parse import Parser, parse

Idea = tuple[str, str | None, float | None]
REPLIES: dict[str, tuple[str, list[Idea]]] = {
    "table 1": (
        "| Nº | Ideia | Prob. |\n|:-:|---|---|\n| 1 | Um café silencioso | 8% |\n| 2 | Aulas de nada | 3% |",
        [("Um café silencioso", None, 0.08), ("Aulas de nada", None, 0.03)],
    ),
    "table 2": (
        "Here you go:\n\n| Letter | Prank |\n|---|---|\n| A | Wrap the desk in foil |\n| B | Swap the mouse buttons |\n| C | Rename the Wi-Fi |",
        [
            ("Wrap the desk in foil", None, None),
            ("Swap the mouse buttons", None, None),
            ("Rename the Wi-Fi", None, None),
        ],
    ),
    "table 3": (
        "| Stratégie | En pratique |\n|---|---|\n| Troc | Échanger des heures contre des légumes |\n| Silence | Une heure sans parler par jour |",
        [("Échanger des heures contre des légumes", "Troc", None), ("Une heure sans parler par jour", "Silence", None)],
    ),
    "table 4": (
        "| S/N | Business | Startup cost | Why it works |\n|---|---|---|---|\n| 01 | Mobile sauna | $12k | People are cold |\n| 02 | Sock library | $300 | Socks vanish |",
        [("Mobile sauna", None, None), ("Sock library", None, None)],
    ),
    "table 5": (
        "| № | Идея | Описание | Вероятность |\n|---|---|---|---|\n| 1 | Тихий бар | Бар, где говорят шёпотом | 0,05 |\n| 2 | Ночной рынок | Рынок, открытый до рассвета | 0,07 |",
        [("Бар, где говорят шёпотом", "Тихий бар", 0.05), ("Рынок, открытый до рассвета", "Ночной рынок", 0.07)],
    ),
    "table 6": (
        "| 순번 | 아이디어 | 확률 |\n|---|---|---|\n| 1 | 종이 비행기 대회 | 0.06 |\n| 2 | 옥상 영화관 | 0.04 |",
        [("종이 비행기 대회", None, 0.06), ("옥상 영화관", None, 0.04)],
    ),
    "table 7": (
        "| | Costume |\n|---|---|\n| i. | A melting clock |\n| ii. | The last dodo |\n| iii. | A lighthouse |",
        [("A melting clock", None, None), ("The last dodo", None, None), ("A lighthouse", None, None)],
    ),
    "table 8": (
        "| Workshop | Materials | Duration |\n|---|---|---|\n| Bookbinding | Paper, thread | 2 h |\n| Lino print | Lino, ink | 3 h |",
        [("Bookbinding", None, None), ("Lino print", None, None)],
    ),
    "table 9": (
        "| Opt. | Team name |\n|---|---|\n| (a) | The Loose Cannons |\n| (b) | Mild Peril |",
        [("The Loose Cannons", None, None), ("Mild Peril", None, None)],
    ),
    "first person 1": (
        "**1. The Lighthouse**\n\nI have watched the same rock for thirty years.\n\nI would not call it love.\n\n**2. The Ferry**\n\nI am late for the last boat.",
        [
            ("I have watched the same rock for thirty years.\n\nI would not call it love.", "The Lighthouse", None),
            ("I am late for the last boat.", "The Ferry", None),
        ],
    ),
    "first person 2": (
        "Story 1:\nThank you, said the fox, and stole the lamp.\n\nStory 2:\nYou can hear the house breathe at night.",
        [
            ("Thank you, said the fox, and stole the lamp.", None, None),
            ("You can hear the house breathe at night.", None, None),
        ],
    ),
    "first person 3": (
        "### Riddle A\nI can fly without wings. What am I?\n\n### Riddle B\nI'm tall when I'm young and short when I'm old.",
        [
            ("I can fly without wings. What am I?", None, None),
            ("I'm tall when I'm young and short when I'm old.", None, None),
        ],
    ),
    "first person 4": (
        "Here are two opening lines:\n\n1. I remember the day the river forgot us.\n\n2. If you want to know my name, ask the dog.",
        [
            ("I remember the day the river forgot us.", None, None),
            ("If you want to know my name, ask the dog.", None, None),
        ],
    ),
    "first person 5": (
        "## Confession\n\nI'm the one who moved the clocks.\n\n## Alibi\n\nI was asleep in the vestry.\n\nLet me know if you'd like more!",
        [("I'm the one who moved the clocks.", "Confession", None), ("I was asleep in the vestry.", "Alibi", None)],
    ),
    "answer around 1": (
        "<answer>\n<idea>A raft of doors.</idea>\n<idea>A choir of kettles.</idea>\n</answer>",
        [("A raft of doors.", None, None), ("A choir of kettles.", None, None)],
    ),
    "answer around 2": (
        "<answer><responses><response><text>Knit fog.</text><probability>0.2</probability></response></responses></answer>",
        [("Knit fog.", None, 0.2)],
    ),
    "output heading 1": (
        '## JSON Response\n```json\n[{"text":"Paint the stairs","probability":0.1},{"text":"Plant beans","probability":0.2}]\n```',
        [("Paint the stairs", None, 0.1), ("Plant beans", None, 0.2)],
    ),
    "output heading 2": (
        "**Answer**\n\n```\n1. Paint the stairs\n2. Plant beans\n```",
        [("Paint the stairs", None, None), ("Plant beans", None, None)],
    ),
    "parts 1": (
        "### Lentil Bolognese\n\n**What you need**\n- lentils\n- tomato\n\n**Steps**\n1. Cook.\n2. Stir.\n\n### Pea Risotto\n\n**What you need**\n- peas\n- rice\n\n**Steps**\n1. Fry.\n2. Wait.",
        [
            ("What you need\n- lentils\n- tomato\n\nSteps\n1. Cook.\n2. Stir.", "Lentil Bolognese", None),
            ("What you need\n- peas\n- rice\n\nSteps\n1. Fry.\n2. Wait.", "Pea Risotto", None),
        ],
    ),
    "parts 2": (
        "## Paper Boat Race\n\n### Materials\n- paper\n- tub\n\n### How to play\n1. Fold.\n2. Blow.\n\n## Spoon Hockey\n\n### Materials\n- spoons\n\n### How to play\n1. Hit.",
        [
            ("Materials\n- paper\n- tub\n\nHow to play\n1. Fold.\n2. Blow.", "Paper Boat Race", None),
            ("Materials\n- spoons\n\nHow to play\n1. Hit.", "Spoon Hockey", None),
        ],
    ),
    "parts 3": (
        "## Kartoffelsuppe\n\n**Zutaten**\n- Kartoffeln\n- Lauch\n\n**Zubereitung**\n1. Schälen.\n2. Kochen.\n\n## Linsencurry\n\n**Zutaten**\n- Linsen\n\n**Zubereitung**\n1. Braten.\n2. Kochen.",
        [
            ("Zutaten\n- Kartoffeln\n- Lauch\n\nZubereitung\n1. Schälen.\n2. Kochen.", "Kartoffelsuppe", None),
            ("Zutaten\n- Linsen\n\nZubereitung\n1. Braten.\n2. Kochen.", "Linsencurry", None),
        ],
    ),
    "quotes 1": (
        "> The sea is a door that never shuts.\n> — for the second chapter\n\n> Salt keeps secrets.\n\nHope that helps!",
        [
            ("The sea is a door that never shuts.\n— for the second chapter", None, None),
            ("Salt keeps secrets.", None, None),
        ],
    ),
    "quotes 2": (
        "**Formal**\n\n> We regret to announce the party.\n\n**Casual**\n\n> Party. Tonight. Bring chairs.",
        [("We regret to announce the party.", "Formal", None), ("Party. Tonight. Bring chairs.", "Casual", None)],
    ),
    "quotes 3": (
        "1. **Sunrise Bakery**\n   > Bread before birds.\n\n2. **Moonrise Bar**\n   > Drinks after owls.",
        [
            ("Sunrise Bakery\nBread before birds.", "Sunrise Bakery", None),
            ("Moonrise Bar\nDrinks after owls.", "Moonrise Bar", None),
        ],
    ),
    "quotes 4": (
        "> 1. A walk backwards\n> 2. A silent disco in a library\n> 3. A swap of shoes",
        [
            ("A walk backwards", None, None),
            ("A silent disco in a library", None, None),
            ("A swap of shoes", None, None),
        ],
    ),
    "label 1": (
        "Bajka 1: Kot zjadł księżyc.\nBajka 2: Pies go oddał.\nBajka 3: Noc się śmiała.",
        [("Kot zjadł księżyc.", None, None), ("Pies go oddał.", None, None), ("Noc się śmiała.", None, None)],
    ),
    "label 2": (
        "**Koncept 1: Sauna na kolech**\nJezdí po vsi.\n\n**Koncept 2: Knihovna ve vlaku**\nKaždý vůz jiný žánr.",
        [("Jezdí po vsi.", "Sauna na kolech", None), ("Každý vůz jiný žánr.", "Knihovna ve vlaku", None)],
    ),
    "label 3": (
        "Trò chơi 1: Trốn tìm trong bóng tối.\nTrò chơi 2: Đua thuyền giấy.",
        [("Trốn tìm trong bóng tối.", None, None), ("Đua thuyền giấy.", None, None)],
    ),
    "label 4": (
        "표어 1. 잠은 내일의 저축\n표어 2. 불을 끄면 꿈이 켜진다",
        [("잠은 내일의 저축", None, None), ("불을 끄면 꿈이 켜진다", None, None)],
    ),
    "label 5": (
        "### Poème n° 1\n\nLa pluie\nécrit.\n\n### Poème n° 2\n\nLe vent\nefface.",
        [("La pluie\nécrit.", "Poème n° 1", None), ("Le vent\nefface.", "Poème n° 2", None)],
    ),
    "label 6": (
        "Taglines:\n\nTagline #1 – Sleep is a sport.\nTagline #2 – Win in bed.\nTagline #3 – Train lying down.",
        [("Sleep is a sport.", None, None), ("Win in bed.", None, None), ("Train lying down.", None, None)],
    ),
    "label 7": (
        "对联1：春风化雨\n对联2：夏雨成诗",
        [("春风化雨", None, None), ("夏雨成诗", None, None)],
    ),
    "label 8": (
        "Spel 1\nAlla blundar och en smyger.\n\nSpel 2\nAlla ropar ett djur.",
        [("Alla blundar och en smyger.", None, None), ("Alla ropar ett djur.", None, None)],
    ),
    "roman and stanzas 1": (
        "### I. Dawn\n\nBread first.\n\n### II. Noon\n\nThen heat.\n\n### III. Dusk\n\nThen cards.\n\nAnd sleep.",
        [("Bread first.", "Dawn", None), ("Then heat.", "Noon", None), ("Then cards.\n\nAnd sleep.", "Dusk", None)],
    ),
    "roman and stanzas 2": (
        "**I. Ash**\nThe stove\nremembers.\n\n**II. Salt**\nThe sea\nforgets.\n\nNobody asks\nthe spoon.",
        [("The stove\nremembers.", "Ash", None), ("The sea\nforgets.\n\nNobody asks\nthe spoon.", "Salt", None)],
    ),
    "roman and stanzas 3": (
        "I. Rent a tandem\nII. Learn to whistle\nIII. Bury a letter\nIV. Dig it up",
        [
            ("Rent a tandem", None, None),
            ("Learn to whistle", None, None),
            ("Bury a letter", None, None),
            ("Dig it up", None, None),
        ],
    ),
    "roman and stanzas 4": (
        "**1. Snow**\n\nIt falls.\n\nIt stays.\n\n**2. Rain**\n\nIt runs.\n\nIt hides\nin the drains.\n\nLet me know if you'd like another!",
        [("It falls.\n\nIt stays.", "Snow", None), ("It runs.\n\nIt hides\nin the drains.", "Rain", None)],
    ),
    "sign-off 1": (
        "### Pizzería del Puerto\nMasa de tinta.\n\n### Horno Viejo\nPan y vermut.\n\n¿Quieres que desarrolle alguno de estos nombres?",
        [("Masa de tinta.", "Pizzería del Puerto", None), ("Pan y vermut.", "Horno Viejo", None)],
    ),
    "sign-off 2": (
        "### Café Névoa\nNeblina na xícara.\n\n### Mesa Torta\nNada é reto.\n\nQuer que eu sugira um logotipo?",
        [("Neblina na xícara.", "Café Névoa", None), ("Nada é reto.", "Mesa Torta", None)],
    ),
    "sign-off 3": (
        "## Le troc\n\nOn échange.\n\n## Le silence\n\nOn se tait.\n\nLaquelle de ces pistes vous parle le plus ?",
        [("On échange.", "Le troc", None), ("On se tait.", "Le silence", None)],
    ),
    "sign-off 4": (
        "**Opzione 1**\nUna cena al buio.\n\n**Opzione 2**\nUna gita in barca.\n\nFammi sapere quale preferisci!",
        [("Una cena al buio.", "Opzione 1", None), ("Una gita in barca.", "Opzione 2", None)],
    ),
    "sign-off 5": (
        "### 案1：夜の図書館\n灯りを消して読む。\n\n### 案2：無言カフェ\n誰も話さない。\n\n気になる案があれば、お知らせください。",
        [("灯りを消して読む。", "夜の図書館", None), ("誰も話さない。", "無言カフェ", None)],
    ),
    "sign-off 6": (
        "### 1. 조용한 카페\n말이 없다.\n\n### 2. 밤의 서점\n불이 없다.\n\n어떤 아이디어가 마음에 드시나요?",
        [("말이 없다.", "조용한 카페", None), ("불이 없다.", "밤의 서점", None)],
    ),
    "sign-off 7": (
        "## Quiet Hours\n\nA bar with no talking.\n\n## Loud Hours\n\nA library with a band.\n\n---\n\nBoth lean on contrast; the first is cheaper.",
        [("A bar with no talking.", "Quiet Hours", None), ("A library with a band.", "Loud Hours", None)],
    ),
    "sign-off 8": (
        "**Variant A**\nEen stille kroeg.\n\n**Variant B**\nEen luide bieb.\n\nLaat me weten welke je het leukst vindt!",
        [("Een stille kroeg.", None, None), ("Een luide bieb.", None, None)],
    ),
    "sign-off 9": (
        "### Тихий бар\nШёпотом.\n\n### Громкая библиотека\nС оркестром.\n\nКакая идея вам ближе? Могу развить любую.",
        [("Шёпотом.", "Тихий бар", None), ("С оркестром.", "Громкая библиотека", None)],
    ),
    "sign-off 10": (
        "## Kelp Bar\n\nSeaweed snacks.\n\n## Tide Clock\n\nTells the tide.\n\nShall I draft a pitch for either?",
        [("Seaweed snacks.", "Kelp Bar", None), ("Tells the tide.", "Tide Clock", None)],
    ),
    "list beside 1": (
        "1. Moss wall\n2. Ant farm\n\n**Why these work:**\n- Both are alive.\n- Both are cheap.",
        [("Moss wall", None, None), ("Ant farm", None, None)],
    ),
    "list beside 2": (
        "- Moss wall\n- Ant farm\n- Fern clock\n\nA few questions to refine these:\n1. What is your budget?\n2. How big is the room?",
        [("Moss wall", None, None), ("Ant farm", None, None), ("Fern clock", None, None)],
    ),
    "list beside 3": (
        "1. Dachgarten\n2. Bienenstock\n\n**Tipps:**\n- Früh anfangen\n- Nachbarn fragen",
        [("Dachgarten", None, None), ("Bienenstock", None, None)],
    ),
    "list beside 4": (
        "* Tandem day\n* Tin-can phone\n\n## Next steps\n* Pick one\n* Set a date",
        [("Tandem day", None, None), ("Tin-can phone", None, None)],
    ),
    "in brackets 1": (
        "You could try (1) juggling, (2) birdwatching, or (3) whittling.",
        [("juggling", None, None), ("birdwatching", None, None), ("whittling", None, None)],
    ),
    "in brackets 2": (
        "(a) Fog harp; (b) rain drum; (c) wind desk",
        [("Fog harp", None, None), ("rain drum", None, None), ("wind desk", None, None)],
    ),
    "in brackets 3": (
        "I would suggest: 1) a moss wall, 2) an ant farm, and 3) a fern clock.",
        [("a moss wall", None, None), ("an ant farm", None, None), ("a fern clock", None, None)],
    ),
    "probability word 1": (
        "1. Sessiz kafe (Olasılık: %8)\n2. Gece pazarı (Olasılık: %4)",
        [("Sessiz kafe", None, 0.08), ("Gece pazarı", None, 0.04)],
    ),
    "probability word 2": (
        "1. मौन कैफे (प्रायिकता: 0.08)\n2. रात का बाज़ार — संभाव्यता: 0.04",
        [("मौन कैफे", None, 0.08), ("रात का बाज़ार", None, 0.04)],
    ),
    "probability word 3": (
        "1. Quán im lặng (Xác suất: 0.08)\n2. Chợ đêm (Xác suất: 0.04)",
        [("Quán im lặng", None, 0.08), ("Chợ đêm", None, 0.04)],
    ),
    "probability word 4": (
        "1. Kafe sunyi (Probabilitas: 0,08)\n2. Pasar malam (Peluang: 0,04)",
        [("Kafe sunyi", None, 0.08), ("Pasar malam", None, 0.04)],
    ),
    "probability word 5": (
        "- Hiljainen kahvila (todennäköisyys: 0,08)\n- Yötori (todennäköisyys: 0,04)",
        [("Hiljainen kahvila", None, 0.08), ("Yötori", None, 0.04)],
    ),
    "bonus and titles 1": (
        "- Moss wall\n- Ant farm\n\nHonorable mention: A clock that runs on ferns.",
        [("Moss wall", None, None), ("Ant farm", None, None), ("A clock that runs on ferns.", None, None)],
    ),
    "bonus and titles 2": (
        "1. Moss wall\n2. Ant farm\n\n**Bonus:** A desk made of ice.",
        [("Moss wall", None, None), ("Ant farm", None, None), ("A desk made of ice.", None, None)],
    ),
    "bonus and titles 3": (
        "### 🎣 **1. Hook & Thread**\nA sewing bar.\n\n### 🧵 **2. Loose Ends**\nA rope museum.",
        [("A sewing bar.", "Hook & Thread", None), ("A rope museum.", "Loose Ends", None)],
    ),
    "bonus and titles 4": (
        "## X\n\nThe unknown one.\n\n## Y\n\nThe question.\n\n## Z\n\nThe end of it.",
        [("The unknown one.", "X", None), ("The question.", "Y", None), ("The end of it.", "Z", None)],
    ),
    "bold numbered 1": (
        "**1. Fog Harp**\n- Strings: wire\n- Sound: low\n\n**2. Rain Drum**\n- Skin: tin\n- Sound: high\n\nEnjoy!",
        [("- Strings: wire\n- Sound: low", "Fog Harp", None), ("- Skin: tin\n- Sound: high", "Rain Drum", None)],
    ),
    "bold numbered 2": (
        "**Idea 1 – Fog Harp**\nA harp for fog.\n\n**Idea 2 – Rain Drum**\nA drum for rain.",
        [("A harp for fog.", "Fog Harp", None), ("A drum for rain.", "Rain Drum", None)],
    ),
    "bold numbered 3": (
        "**1) Fog Harp**\n\nA harp for fog.\n\n**2) Rain Drum**\n\nA drum for rain.\n\nWhich one should I expand?",
        [("A harp for fog.", "Fog Harp", None), ("A drum for rain.", "Rain Drum", None)],
    ),
    "bold numbered 4": (
        "1. **Fog Harp**\n   A harp for fog.\n2. **Rain Drum**\n   A drum for rain.",
        [("Fog Harp\nA harp for fog.", "Fog Harp", None), ("Rain Drum\nA drum for rain.", "Rain Drum", None)],
    ),
    "bold numbered 5": (
        "**Concept 1: Fog Harp** (0.08)\nA harp for fog.\n\n**Concept 2: Rain Drum** (0.04)\nA drum for rain.",
        [("A harp for fog.", "Fog Harp", 0.08), ("A drum for rain.", "Rain Drum", 0.04)],
    ),
    "tips are the ideas": (
        "## Tips for home\n- dim lights\n- warm milk\n\n## Tips for travel\n- eye mask\n- earplugs",
        [("dim lights", None, None), ("warm milk", None, None), ("eye mask", None, None), ("earplugs", None, None)],
    ),
    "notes as a title": (
        "## Arrival\n\nThe boat came in.\n\n## Notes from a Lighthouse\n\nNobody wrote back.",
        [("The boat came in.", "Arrival", None), ("Nobody wrote back.", "Notes from a Lighthouse", None)],
    ),
    "players in an item": (
        "1. A sketch where\nPlayer 1: hides the ball\nPlayer 2: eats it\n2. A mime show",
        [("A sketch where\nPlayer 1: hides the ball\nPlayer 2: eats it", None, None), ("A mime show", None, None)],
    ),
    "steps of one answer": (
        "Schritt 1: Wasser kochen.\nSchritt 2: Tee ziehen lassen.",
        [("Schritt 1: Wasser kochen.\nSchritt 2: Tee ziehen lassen.", None, None)],
    ),
    "lettered categories": (
        "**A. Indoor**\n- Puzzle race\n- Sock golf\n\n**B. Outdoor**\n- Kite fight\n- Puddle map",
        [
            ("Puzzle race", None, None),
            ("Sock golf", None, None),
            ("Kite fight", None, None),
            ("Puddle map", None, None),
        ],
    ),
    "a letter quoted in a story": (
        "He opened the letter.\n\n> Dear Tom,\n> come home.\n\nHe burned it at once.",
        [("He opened the letter.\n\nDear Tom,\ncome home.\n\nHe burned it at once.", None, None)],
    ),
    "numbers inside an item": (
        "1. A café with (1) no menus, (2) no chairs and (3) no clocks\n2. A bar with none of it",
        [
            ("A café with (1) no menus, (2) no chairs and (3) no clocks", None, None),
            ("A bar with none of it", None, None),
        ],
    ),
    "numbers inside prose": (
        "The plan has three parts: (1) rent a boat, (2) paint it, (3) sail. It is cheap. The harbour will love it.",
        [
            (
                "The plan has three parts: (1) rent a boat, (2) paint it, (3) sail. It is cheap. The harbour will love it.",
                None,
                None,
            )
        ],
    ),
    "years do not count": (
        "| Year | Event |\n|---|---|\n| 1999 | A party for the end of it |\n| 2000 | A party for the start |",
        [("A party for the end of it", None, None), ("A party for the start", None, None)],
    ),
    "stanzas that ask": (
        "**1. Rain**\n\nIt fell.\n\nWould you?\n\n**2. Snow**\n\nIt lay.\n\nCould you hear it?",
        [("It fell.\n\nWould you?", "Rain", None), ("It lay.\n\nCould you hear it?", "Snow", None)],
    ),
    "recommendation": (
        "### 1. Fog bar\nA bar in fog.\n\n### 2. Rain bar\nA bar in rain.\n\n**My top pick:** the fog bar, it is cheap.\n",
        [("A bar in fog.", "Fog bar", None), ("A bar in rain.", "Rain bar", None)],
    ),
    "icons": (
        "🌫️ **Fog bar**\nA bar in fog.\n\n🌧️ **Rain bar**\nA bar in rain.\n\nHave fun! 🎉",
        [("A bar in fog.", "Fog bar", None), ("A bar in rain.", "Rain bar", None)],
    ),
    "icon bullets": (
        "🌫️ **Fog bar** – a bar in fog\n🌧️ **Rain bar** – a bar in rain",
        [("Fog bar – a bar in fog", "Fog bar", None), ("Rain bar – a bar in rain", "Rain bar", None)],
    ),
    "chinese numerals": (
        "**创意一：雾吧**\n在雾里喝酒。\n\n**创意二：雨吧**\n在雨里喝酒。\n\n希望这些对您有帮助！",
        [("在雾里喝酒。", "雾吧", None), ("在雨里喝酒。", "雨吧", None)],
    ),
    "vowel signs": (
        "विचार 1: कोहरा बार\nविचार 2: बारिश बार",
        [("कोहरा बार", None, None), ("बारिश बार", None, None)],
    ),
    "own wish behind single paragraphs": (
        "**1. Coin**\nHide it.\n\n**2. Cup**\nFlip it.\n\nMay the sleeves be with you! 🎩",
        [("Hide it.", "Coin", None), ("Flip it.", "Cup", None)],
    ),
    "bare counting": (
        "Namen 1\n\nNamen 2\n\nNamen 3",
        [("Namen 1", None, None), ("Namen 2", None, None), ("Namen 3", None, None)],
    ),
}


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_in_each_layout(name: str) -> None:
    reply, expected = REPLIES[name]
    assert [(c.text, c.heading, c.probability) for c in parse(reply).candidates] == expected


@pytest.mark.parametrize("name", REPLIES)
@pytest.mark.parametrize("size", [1, 5])
def test_pieces_of_it_give_the_whole(name: str, size: int) -> None:
    reply = REPLIES[name][0]
    parser = Parser()
    told = [idea for at in range(0, len(reply), size) for idea in parser.feed(reply[at : at + size])]
    parsed = parser.close()
    assert parsed == parse(reply)
    assert tuple(told) == parsed.candidates[: len(told)]


@pytest.mark.parametrize("name", [name for name, (reply, _) in REPLIES.items() if not set("|<`") & set(reply)])
def test_every_word_is_in_an_idea_or_left_over(name: str) -> None:
    """Labels and words that only state a probability aside: no more than two an idea."""
    reply = REPLIES[name][0]
    parsed = parse(reply)
    kept = " ".join([*(c.whole + " " + c.stated for c in parsed.candidates), *parsed.leftover])
    lost = [w for w in reply.replace("*", " ").split() if len(w) > 3 and w.strip(":：.,;()#>1234567890–") not in kept]
    assert len(lost) <= 2 * len(parsed.candidates)


def test_a_label_is_told_when_its_like_comes() -> None:
    parser = Parser()
    assert parser.feed("Spel 1\nAlla blundar.\n\n") == ()
    assert [c.text for c in parser.feed("Spel 2\nAlla ropar.\n")] == ["Alla blundar."]
    assert [c.text for c in parser.close().candidates] == ["Alla blundar.", "Alla ropar."]
