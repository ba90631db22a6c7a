"""What a reply says to its reader about the ideas: announcements, farewells, offers, lists that hold none.

The forms are those of assistants in the languages people brainstorm in. The narrow ones (`is_closing`) are asked of
what stands behind the last idea, where an idea's own words could stand too; the broad one (`is_sign_off`) only of
what is nobody's already.
"""

from __future__ import annotations

import re

from brainstorm.parse.words import fold_key, is_part

_OPENERS = r"[\s*_>(¡¿~—–-]*"
_SIGN_OFF = re.compile(
    r"[\s*_>(]*(?:i hope|hope (?:this|these|you|it|that)|let me know|feel free|would you like|do you want|"
    r"please (?:let|note|feel)|"
    r"these (?:(?:two|three|four|five|six|ten|\d+)\b|(?:\w+ )?(?:ideas|are|names|suggestions|options|"
    r"responses|should|will|can|slogans|jokes|titles|questions|"
    r"examples|lines|gifts|games|themes|features|sentences|words|books)\b)|this (?:is (?:just )?(?:a|"
    r"an|one|the)|(?:\w+ )?(?:list|code|json|response|script|program|function|example|will|should))\b|"
    r"remember\b|"
    r"note\b|good luck|enjoy|if you(?:['’]d| would| need| want| have| like)|is there anything|happy to|"
    r"i(?:['’]m| am| can| will|['’]ve| have|['’]d| would)\b|in conclusion|in summary|overall\b|so,|"
    r"each of (?:these|the)|"
    r"all of these|all these|thank you|thanks|best regards|sincerely|cheers\b|which (?:one|of these)|"
    r"you can\b)",
    re.IGNORECASE,
)
# Leave taken, help offered, an answer asked for: one row a language.
_FAREWELL = re.compile(
    _OPENERS + r"(?:"
    r"(?:i )?hope (?:this|these|that|it|you|one|some)\b|(?:just |please )?let me know|feel free|please (?:note|feel)\b|"
    r"tell me (?:which|what|if|more)|just (?:say|ask|tell me)|say the word|good luck|best of luck|have fun\b|"
    r"enjoy(?:[ !.]|$)|cheers[!,]|is there anything|happy (?:to|\w{3,14}ing)\b|best regards|sincerely,|"
    r"thank(?:s| you) for (?:your|the|asking|reading)|"
    r"if you(?:['’]d| would) (?:like|prefer|rather)|"
    r"if you (?:want|need|have|like|prefer)\b[^.!?]{0,40}\b(?:more|me|any|help|another|further|these|them|versions?|ideas?)\b|"
    r"if (?:any|one|none|either|some) of (?:these|them|the)\b|"
    r"i(?:['’]m| am| would be|['’]d be) (?:happy|glad) to|i['’]d love to (?:help|hear|know)|"
    r"i (?:can|could) (?:also )?(?:expand|develop|write|draft|sketch|give|provide|refine|help|tailor|adjust|turn|make|"
    r"create|suggest|offer|share|elaborate|flesh|generate|brainstorm)\b|"
    r"espero que|esperamos|av[ií]s(?:a|e)me|d[ií]me|h[aá]zme|h[aá]game|d[eé]ja?me saber|si (?:quiere|desea|necesita|prefiere|alguna?|te gusta|te interesa)|"
    r"no dud|(?:mucha )?suerte|buen(?:a|os|as)? (?:provecho|suerte|viaje)|"
    r"espero ter|se (?:quiser|precisar|desejar|preferir|voc[eê]|alguma?|gostou)|me (?:avise|conte|conta|diga|fala|fale)\b|"
    r"avise-me|fique à vontade|qualquer d[uú]vida|boa sorte|bom apetite|"
    r"j['’]esp[eè]re|n['’]h[eé]site|dites[- ]moi|dis[- ]moi|faites[- ]moi|fais[- ]moi|si (?:vous|tu|l['’]une?|une de)\b|"
    r"bon(?:ne)? (?:app[eé]tit|courage|chance|voyage|lecture|continuation)|"
    r"ich hoffe|lass(?:en sie|t)? (?:es )?(?:mich|uns|mir)|sag(?:en sie|t)? (?:mir |einfach |gerne? )*(?:bescheid|wenn|welche)|"
    r"gib(?:t)? (?:mir )?bescheid|melde? dich|wenn (?:du|sie|ihr|dir|ihnen)\b|falls (?:du|sie|ihr|dir|ihnen|eine[rs]?|noch)\b|"
    r"gern(?:e)? (?:kann|helfe|arbeite|schreibe|entwick)|viel (?:spaß|erfolg|glück|freude)|gut(?:e|en) (?:appetit|fahrt|reise)|"
    r"spero (?:che|di)|fammi sapere|mi faccia sapere|fatemi|dimmi|mi dica|se (?:vuoi|desideri|preferisci|ti |hai|vuole|ne vuoi)|"
    r"buon(?:a|o)? (?:fortuna|appetito|viaggio|lavoro|divertimento)|"
    r"ik hoop|laat (?:het )?(?:me|mij)|als (?:je|u|jullie)\b|zeg het|veel (?:plezier|succes)|succes[!.]|"
    r"jag hoppas|hoppas (?:att|det|de|du)|låt mig|säg till|hör av|om du (?:vill|behöver|gillar)|lycka till|"
    r"jeg håber|jeg håper|lad mig|la meg|si (?:til|fra)|hvis du|held og lykke|lykke til|"
    r"mam nadzieję|daj(?:cie)? (?:mi )?znać|jeśli (?:chcesz|chciał|potrzeb|któryś|masz)|powodzenia|smacznego|"
    r"doufám|dej(?:te)? (?:mi )?vědět|pokud (?:chce|byste|máte|potřeb)|dúfam|remélem|szólj|ha (?:szeretn|tetszik)|sper că|"
    r"umarım|bana (?:haber|bildir|söyle)|haber ver|isterse(?:n|niz)|kolay gelsin|"
    r"надеюсь|дай(?:те)? (?:мне )?знать|напиши(?:те)?[ ,]|скажи(?:те)?[ ,]|сообщи(?:те)?[ ,]|если (?:хоти|хоче|вам|тебе|нуж|что-то|какая|какой|понрав)|"
    r"(?:я )?могу (?:также |ещё |еще )?(?:развить|помочь|написать|предложить|придумать|доработать)|удачи|приятного|"
    r"сподіваюся|якщо (?:хоч|вам|тобі)|"
    r"希望(?:这|这些|以上|對|对|能)|如果(?:您|你|需要|有|想|喜欢|其中)|若(?:您|你|需)|请告诉|告诉我|請告訴|请随时|欢迎|需要我|祝(?:您|你|大家|愉快|好运|顺利|一切)|以上(?:是|就是|这些)|"
    r"もし(?:よろし|ご|気に|他|もっと)|ご(?:希望|要望|質問|不明|参考|興味)|気に(?:なる|入)|必要(?:であれば|でしたら|に応じ)|お(?:役に立|気軽|知らせ|楽しみ)|いかがで|楽しんで|"
    r"필요하시|원하시|마음에 드|도움이 되|더 (?:필요|원하|궁금)|즐거운|행운을|"
    r"أتمنى|آمل|إذا (?:كنت|أردت|كان|رغبت|أعجب)|أخبرني|دعني|لا تتردد|بالتوفيق|اگر|امیدوارم|אשמח|אם (?:תרצה|אתה|את|תרצו)|מקווה|בהצלחה|"
    r"आशा है|उम्मीद है|अगर आप|यदि आप|मुझे बता|शुभकाम|"
    r"hy vọng|nếu bạn|hãy cho (?:tôi|mình)|chúc bạn|semoga|jika (?:anda|kamu)|kalau (?:anda|kamu|mau)|beri ?tahu|selamat|หวังว่า|หากคุณ|ถ้าคุณ"
    r")",
    re.IGNORECASE,
)
# Questions to the reader: only with a question mark behind them.
_ASKS = re.compile(
    _OPENERS + r"(?:(?:would|do|did|does|could|can|are) (?:you|any|one|either)\b|(?:shall|should|may|can|could) (?:i|we)\b|want me to\b|"
    r"which (?:one|of|idea|direction|option|version|name|approach)s?\b|what do you think|how do (?:these|you)\b|"
    r"(?:qui[eé]re|desea|te gustar|le gustar|prefiere|necesita)\w*|cu[aá]l(?:es)? (?:de|te|le|es|prefer|opci|idea)|qu[eé] (?:te|le|opini|idea|opción)|"
    r"(?:voc[eê] )?(?:quer|gostaria|deseja|prefere|posso)\b|qual (?:d|você|te|lhe|ideia|opç)|o que (?:você|achou)|"
    r"(?:voulez|souhaitez|aimeriez|préférez|veux|souhaites|voudriez)[- ]|l(?:e|a|es)quel(?:le)?s?\b|quelle? (?:idée|piste|option|version|est)|"
    r"est[- ]ce que (?:vous|tu|l['’]une)|qu['’]en pens|"
    r"(?:möchte|magst|willst|wollen|soll|darf|kann|wünsch)\w* (?:du|sie|ich|ihr)|welche[rs]?n? (?:davon|idee|variante|von|richtung|option|gefällt|name)|was (?:meinst|denkst|hältst)|"
    r"(?:vuoi|vuole|desideri|preferisci|posso|ti piacerebbe|quale|quali)\b|che ne (?:pensi|dici)|"
    r"(?:wil je|wilt u|zal ik|welke?|moet ik|wat vind)\b|(?:vill du|ska jag|vilken|vilket|vad tycker)\b|(?:vil du|skal jeg|hvilken|hva synes|hvad synes)\b|"
    r"(?:czy (?:chc|mam|któr)|chcesz|któr(?:y|a|e)|co (?:myślisz|sądzisz))|(?:chcete|kter(?:ý|á)|mám)\b|"
    r"(?:hangi|ister mi|ne düşün)|(?:хоти(?:те|м)|хочешь|как(?:ая|ой|ие|ое) (?:из|идея|вариант|направлен|вам|тебе|больше)|что (?:вы )?(?:дума|скаж)|нужно ли|мне )|"
    r"هل (?:تريد|ترغب|تود|يمكن|أعجب)|أي(?:ها)? |האם|איז(?:ה|ו)|क्या (?:आप|मैं)|कौन|bạn (?:có|muốn|thích)|apakah|mana yang|mau )",
    re.IGNORECASE,
)
_ASKS_WITHIN = re.compile(
    r"(?:您|你).{0,24}(?:哪|吗|嗎|什么|怎么|是否|需要)|哪(?:个|一个|些|种|種|個).{0,20}(?:您|你|喜欢|适合|合适|喜歡)|要不要我|是否需要|"
    r"(?:お知らせ|教えて|お聞かせ|おっしゃって|お申し付け)(?:ください|下さい)|(?:どれ|どの|どちら).{0,30}(?:ですか|でしょうか|ますか)|(?:しましょうか|いかがでしょうか)|"
    r"(?:알려|말씀해|말해) ?(?:주세요|주십시오|줘)|(?:어떤|어느|무엇이).{0,40}(?:나요|까요|세요|가요)|(?:드릴까요|원하시나요|해볼까요)"
)
# Talk about the ideas as a whole.
_ABOUT = re.compile(
    _OPENERS + r"(?:(?:these|all (?:of )?these|each of (?:these|the)|all (?:three|four|five|of them)) (?:\w+ ){0,2}?(?:ideas?|names|suggestions|options|concepts|slogans|"
    r"responses|jokes|titles|questions|examples|lines|gifts|games|themes|features|stories|poems|poets|variations|versions|should|are|can|will|aim|offer|range|provide)\b|"
    r"this is (?:just )?an? (?:\w+ )?(?:example|classic|great|good|fun|simple|list|selection|collection|mix)\b|"
    r"note(?: that|:)|remember(?: to| that|,|:)|in (?:conclusion|summary)\b|overall,)",
    re.IGNORECASE,
)
_INTRO = re.compile(
    r"(?:sure|certainly|of course|absolutely|okay|ok|here(?:['’]s| are| is)|below (?:is|are)|the following|"
    r"great)\b",
    re.IGNORECASE,
)
# What announces a list that is not of ideas: questions to the reader, advice on them, reasons for them.
_BESIDE = re.compile(
    r"(?:(?:some|a few|quick|general|final|additional|extra|pro|practical|bonus|key) ){0,2}(?:tips?\b|notes?\b|next steps?\b|explanations?\b|rationales?\b|"
    r"reasoning\b|why (?:these|this|they|it|i)\b|how (?:to (?:use|choose|pick|decide)|these)\b|things to (?:consider|keep|note|remember)|considerations?\b|keep in mind|takeaways?\b|"
    r"summary\b|conclusion\b|comparison\b|disclaimers?\b|references\b|sources\b|assumptions\b|what (?:makes|i need)\b|questions (?:for you|to|that)|clarifying questions|follow[- ]up questions)|"
    r"tipps?\b|hinweise?\b|anmerkung|erklärung|erläuterung|begründung|nächste schritte|warum (?:das|diese|es|sie)|rückfragen|"
    r"consejos\b|notas?\b|explicaci|pr[oó]ximos pasos|siguientes pasos|por qu[eé] |dicas\b|explicaç|pr[oó]ximos passos|por que |"
    r"conseils?\b|astuces?\b|remarques?\b|explications?\b|prochaines étapes|pourquoi |consigli\b|note\b|spiegazion|prossimi passi|perché "
    r"|tips\b|toelichting|uitleg|volgende stappen|waarom |förklaring|nästa steg|varför |wskazówk|porad|uwagi|wyjaśnieni|następne kroki|dlaczego |"
    r"ipuçlar|öneriler(?:im)?\b|açıklama|notlar|neden |совет|подсказк|примечани|пояснени|объяснени|следующие шаги|почему |"
    r"(?:小)?(?:贴士|提示|建议|說明|说明|解释|备注|注意|下一步|为什么|補充|补充)|ヒント|ポイント|補足|解説|説明|注意点|次のステップ|(?:추가 )?(?:팁|설명|참고|주의|다음 단계)|"
    r"نصائح|ملاحظات|شرح|توضيح|الخطوات التالية|टिप्पणी|सुझाव|व्याख्या|mẹo|lưu ý|giải thích|catatan|penjelasan",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:tell me|let me know|help me|could you|can you|would help|narrow (?:it|this|these|things) down|tailor|refine|clarify)\b|"
    r"[?？؟]|sag mir|verrate|dites[- ]moi|dime|cu[eé]ntame|me (?:diga|conte)|fammi sapere|dimmi|расскажите|подскажите|ответьте|告诉我|請告訴|教えて|알려",
    re.IGNORECASE,
)
_BONUS = re.compile(
    r"[\s*_#>🎁✨⭐🌟💡]*(?:bonus(?:[ -](?:idea|option|suggestion|name|entry|concept|round|joke|idee|vorschlag)|"
    r"[ -]?idee| (?:n[°º.]\s?)?\d)?|honou?rable mentions?|wild[ -]?card(?: idea)?|(?:and )?one (?:more|last)(?: idea| for luck| thing)?|"
    r"extra(?:[ -]?(?:idea|idee|idée|option))?|zusatzidee|idea (?:extra|adicional|bonus)|ideia (?:extra|bônus)|id[eé]e (?:bonus|suppl[eé]mentaire)|"
    r"mention (?:honorable|spéciale)|menci[oó]n (?:honor[ií]fica|especial)|menzione (?:d['’]onore|speciale)|menção honrosa|opci[oó]n extra|"
    r"бонус(?:ная идея)?|бонус-идея|идея-бонус|额外(?:创意|想法|建议)?|番外(?:編)?|彩蛋|加分项|おまけ|ボーナス|보너스(?: 아이디어)?|مكافأة|فكرة إضافية|dodatkowy pomysł|ek fikir)"
    r"[*_]{0,3}\s?[:：–—][*_]{0,3}\s{0,8}(?=\S)",
    re.IGNORECASE,
)
_LEAST = 20  # characters of a line that speaks about the list
_MOST = 600  # characters of a paragraph that takes leave


def is_sign_off(text: str) -> bool:
    """Whether prose that is no idea's takes leave, or speaks about the list."""
    return _SIGN_OFF.match(text) is not None or _FAREWELL.match(text) is not None


def is_farewell(text: str) -> bool:
    """Whether prose at the end of an answer speaks to the reader about the answer."""
    said = text[:_MOST]
    if _FAREWELL.match(said) is not None or _ASKS_WITHIN.search(said) is not None:
        return True
    return _ASKS.match(said) is not None and any(mark in said for mark in "?？؟")


def is_closing(text: str) -> bool:
    """Whether a paragraph behind an idea's first takes leave, offers more, or speaks of all the ideas."""
    return is_farewell(text) or _ABOUT.match(text) is not None


def is_intro(text: str) -> bool:
    """Whether prose announces what follows."""
    return _INTRO.match(text.lstrip(" *_#>")) is not None or text.rstrip(" *_").endswith((":", "："))


def is_beside(text: str) -> bool:
    """Whether a heading or a lead-in, standing behind ideas, announces a list that holds none of them."""
    said = text.strip()[:_MOST]
    bare = said.lstrip("#*_> ")
    while bare and not (bare[0].isalpha() or bare[0].isdigit()):  # an emoji
        bare = bare[1:]
    headed = said[:1] in "#*" or said.rstrip(" *_")[-1:] in (":", "：")
    if not headed or not bare:
        return False
    return _BESIDE.match(bare) is not None or (said.rstrip(" *_")[-1:] in (":", "：", "?", "？") and bool(_ASKING.search(said)))


def bonus(text: str) -> str | None:
    """What follows "Bonus idea:", "Honorable mention:" and the like, or `None`."""
    found = _BONUS.match(text)
    return text[found.end() :] if found else None


def names_nothing(title: str) -> bool:
    """Whether a title above a record says only that the answer follows: "Output", "JSON response"."""
    words = fold_key(title.strip("#*_:： ")).split("_")
    return 0 < len(words) <= 4 and all(word in _EMPTY for word in words) and not is_part(title)


_EMPTY = frozenset(
    (
        "output", "outputs", "response", "responses", "answer", "answers", "result", "results", "json", "xml",
        "yaml", "jsonl", "csv", "format", "formatted", "final", "the", "my", "a", "ideas", "list", "here", "object", "array",
        "example", "sample", "generated", "structured", "solution", "reply", "ausgabe", "antwort", "ergebnis",
        "salida", "respuesta", "resultado", "saída", "resposta", "sortie", "réponse", "résultat", "risposta",
        "risultato", "вывод", "ответ", "результат", "输出", "結果", "结果", "回答", "答案", "出力", "출력", "응답", "답변",
        "결과", "الإجابة", "الناتج", "wynik", "odpowiedź", "çıktı", "yanıt", "and", "in", "as", "of", "for",
    )
)  # fmt: skip
