"""How assistants speak to their reader about a reply, in the languages people brainstorm in.

Each tuple holds alternatives of one regular expression in `talk.py`, which says where each is asked.
"""

# Leave taken, help offered, an answer asked for.
FAREWELL = (
    r"(?:i )?hope (?:this|these|that|it|you|one|some)\b", "(?:just |please )?let me know", "feel free",
    r"please (?:note|feel)\b", "tell me (?:which|what|if|more)", "just (?:say|ask|tell me)", "say the word",
    "good luck", "best of luck", r"have fun\b", "enjoy(?:[ !.]|$)", "cheers[!,]", "is there anything",
    r"happy (?:to|\w{3,14}ing)\b", "best regards", "sincerely,", "thank(?:s| you) for (?:your|the|asking|reading)",
    "if you(?:['’]d| would) (?:like|prefer|rather)",
    r"if you (?:want|need|have|like|prefer)\b[^.!?]{0,40}\b(?:more|me|any|help|another|further|these|them|"
    r"versions?|ideas?)\b",
    r"if (?:any|one|none|either|some) of (?:these|them|the)\b", "i(?:['’]m| am| would be|['’]d be) (?:happy|glad) to",
    "i['’]d love to (?:help|hear|know)",
    "i (?:can|could) (?:also )?(?:expand|develop|write|draft|sketch|give|provide|refine|help|tailor|adjust|"
    r"turn|make|create|suggest|offer|share|elaborate|flesh|generate|brainstorm)\b",
    "espero que", "esperamos", "av[ií]s(?:a|e)me", "d[ií]me", "h[aá]zme", "h[aá]game", "d[eé]ja?me saber",
    "si (?:quiere|desea|necesita|prefiere|alguna?|te gusta|te interesa)", "no dud", "(?:mucha )?suerte",
    "buen(?:a|os|as)? (?:provecho|suerte|viaje)", "espero ter",
    "se (?:quiser|precisar|desejar|preferir|voc[eê]|alguma?|gostou)", r"me (?:avise|conte|conta|diga|fala|fale)\b",
    "avise-me", "fique à vontade", "qualquer d[uú]vida", "boa sorte", "bom apetite", "j['’]esp[eè]re",
    "n['’]h[eé]site", "dites[- ]moi", "dis[- ]moi", "faites[- ]moi", "fais[- ]moi",
    r"si (?:vous|tu|l['’]une?|une de)\b", "bon(?:ne)? (?:app[eé]tit|courage|chance|voyage|lecture|continuation)",
    "ich hoffe", "lass(?:en sie|t)? (?:es )?(?:mich|uns|mir)",
    "sag(?:en sie|t)? (?:mir |einfach |gerne? )*(?:bescheid|wenn|welche)", "gib(?:t)? (?:mir )?bescheid",
    "melde? dich", r"wenn (?:du|sie|ihr|dir|ihnen)\b", r"falls (?:du|sie|ihr|dir|ihnen|eine[rs]?|noch)\b",
    "gern(?:e)? (?:kann|helfe|arbeite|schreibe|entwick)", "viel (?:spaß|erfolg|glück|freude)",
    "gut(?:e|en) (?:appetit|fahrt|reise)", "spero (?:che|di)", "fammi sapere", "mi faccia sapere", "fatemi", "dimmi",
    "mi dica", "se (?:vuoi|desideri|preferisci|ti |hai|vuole|ne vuoi)",
    "buon(?:a|o)? (?:fortuna|appetito|viaggio|lavoro|divertimento)", "ik hoop", "laat (?:het )?(?:me|mij)",
    r"als (?:je|u|jullie)\b", "zeg het", "veel (?:plezier|succes)", "succes[!.]", "jag hoppas",
    "hoppas (?:att|det|de|du)", "låt mig", "säg till", "hör av", "om du (?:vill|behöver|gillar)", "lycka till",
    "jeg håber", "jeg håper", "lad mig", "la meg", "si (?:til|fra)", "hvis du", "held og lykke", "lykke til",
    "mam nadzieję", "daj(?:cie)? (?:mi )?znać", "jeśli (?:chcesz|chciał|potrzeb|któryś|masz)", "powodzenia",
    "smacznego", "doufám", "dej(?:te)? (?:mi )?vědět", "pokud (?:chce|byste|máte|potřeb)", "dúfam", "remélem",
    "szólj", "ha (?:szeretn|tetszik)", "sper că", "umarım", "bana (?:haber|bildir|söyle)", "haber ver",
    "isterse(?:n|niz)", "kolay gelsin", "надеюсь", "дай(?:те)? (?:мне )?знать", "напиши(?:те)?[ ,]",
    "скажи(?:те)?[ ,]", "сообщи(?:те)?[ ,]", "если (?:хоти|хоче|вам|тебе|нуж|что-то|какая|какой|понрав)",
    "(?:я )?могу (?:также |ещё |еще )?(?:развить|помочь|написать|предложить|придумать|доработать)", "удачи",
    "приятного", "сподіваюся", "якщо (?:хоч|вам|тобі)", "希望(?:这|这些|以上|對|对|能)",
    "如果(?:您|你|需要|有|想|喜欢|其中)", "若(?:您|你|需)", "请告诉", "告诉我", "請告訴", "请随时", "欢迎", "需要我",
    "祝(?:您|你|大家|愉快|好运|顺利|一切)", "以上(?:是|就是|这些)", "もし(?:よろし|ご|気に|他|もっと)",
    "ご(?:希望|要望|質問|不明|参考|興味)", "気に(?:なる|入)", "必要(?:であれば|でしたら|に応じ)",
    "お(?:役に立|気軽|知らせ|楽しみ)", "いかがで", "楽しんで", "필요하시", "원하시", "마음에 드", "도움이 되",
    "더 (?:필요|원하|궁금)", "즐거운", "행운을", "أتمنى", "آمل", "إذا (?:كنت|أردت|كان|رغبت|أعجب)", "أخبرني", "دعني",
    "لا تتردد", "بالتوفيق", "اگر", "امیدوارم", "אשמח", "אם (?:תרצה|אתה|את|תרצו)", "מקווה", "בהצלחה", "आशा है",
    "उम्मीद है", "अगर आप", "यदि आप", "मुझे बता", "शुभकाम", "hy vọng", "nếu bạn", "hãy cho (?:tôi|mình)", "chúc bạn",
    "semoga", "jika (?:anda|kamu)", "kalau (?:anda|kamu|mau)", "beri ?tahu", "selamat", "หวังว่า", "หากคุณ", "ถ้าคุณ",
)  # fmt: skip
# Questions to the reader, with a question mark behind them.
ASKS = (
    r"(?:would|do) you (?:like|want|prefer|need|have)\b", r"(?:do|does|did|are) (?:any|one|either)\b",
    r"(?:could|can) you (?:tell|share|let|give)\b", r"(?:shall|should|may|can) (?:i|we)\b",
    r"want me to\b", r"which (?:one|of|idea|direction|option|version|name|approach)s?\b", "what do you think",
    r"how do (?:these|you)\b", r"(?:qui[eé]re|desea|te gustar|le gustar|prefiere|necesita)\w*",
    "cu[aá]l(?:es)? (?:de|te|le|es|prefer|opci|idea)", "qu[eé] (?:te|le|opini|idea|opción)",
    r"(?:voc[eê] )?(?:quer|gostaria|deseja|prefere|posso)\b", "qual (?:d|você|te|lhe|ideia|opç)",
    "o que (?:você|achou)", "(?:voulez|souhaitez|aimeriez|préférez|veux|souhaites|voudriez)[- ]",
    r"l(?:e|a|es)quel(?:le)?s?\b", "quelle? (?:idée|piste|option|version|est)", "est[- ]ce que (?:vous|tu|l['’]une)",
    "qu['’]en pens", r"(?:möchte|magst|willst|wollen|soll|darf|kann|wünsch)\w* (?:du|sie|ich|ihr)",
    "welche[rs]?n? (?:davon|idee|variante|von|richtung|option|gefällt|name)", "was (?:meinst|denkst|hältst)",
    r"(?:vuoi|vuole|desideri|preferisci|posso|ti piacerebbe|quale|quali)\b", "che ne (?:pensi|dici)",
    r"(?:wil je|wilt u|zal ik|welke?|moet ik|wat vind)\b", r"(?:vill du|ska jag|vilken|vilket|vad tycker)\b",
    r"(?:vil du|skal jeg|hvilken|hva synes|hvad synes)\b",
    "(?:czy (?:chc|mam|któr)|chcesz|któr(?:y|a|e)|co (?:myślisz|sądzisz))", r"(?:chcete|kter(?:ý|á)|mám)\b",
    "(?:hangi|ister mi|ne düşün)",
    "(?:хоти(?:те|м)|хочешь|как(?:ая|ой|ие|ое) (?:из|идея|вариант|направлен|вам|тебе|больше)|"
    "что (?:вы )?(?:дума|скаж)|нужно ли|мне )",
    "هل (?:تريد|ترغب|تود|يمكن|أعجب)", "أي(?:ها)? ", "האם", "איז(?:ה|ו)", "क्या (?:आप|मैं)", "कौन",
    "bạn (?:có|muốn|thích)", "apakah", "mana yang", "mau ",
)  # fmt: skip
# Talk about the ideas as a whole.
ABOUT = (
    "(?:these|all (?:of )?these|each of (?:these|the)|all (?:three|four|five|"
    r"of them)) (?:\w+ ){0,2}?(?:ideas?|names|suggestions|options|concepts|slogans|responses|jokes|titles|"
    "questions|examples|lines|gifts|games|themes|features|stories|poems|poets|variations|versions|should|are|"
    r"can|will|aim|offer|range|provide)\b",
    r"(?:my|mein|mon|mi|il mio|mijn) (?:top |personal |own |absolut\w+ |persönlich\w+ )?(?:pick|favou?rit\w*|choice)\b",
    r"(?:my|our) (?:top |personal )?recommendations?\b", r"meine? empfehlung", "ma recommandation", "mi recomendación",
    r"if i had to (?:pick|choose)", r"i(?:['’]d| would) (?:recommend|go with|suggest|pick|choose)\b", "bottom line",
    "我的?(?:推荐|建议)", "个人(?:推荐|建议)", "おすすめは", "추천", "моя рекомендация", "мой фаворит",
    r"this is (?:just )?an? (?:\w+ )?(?:example|classic|great|good|fun|simple|list|selection|collection|mix)\b",
    "note(?: that|:)", "remember(?: to| that|,|:)", r"in (?:conclusion|summary)\b", "overall,",
)  # fmt: skip
# Requests to the reader that show anywhere in a paragraph.
ASKS_WITHIN = (
    "(?:您|你).{0,24}(?:哪|吗|嗎|什么|怎么|是否|需要)",
    "哪(?:个|一个|些|种|種|個).{0,20}(?:您|你|喜欢|适合|合适|喜歡)", "要不要我", "是否需要",
    "(?:お知らせ|教えて|お聞かせ|おっしゃって|お申し付け)(?:ください|下さい)",
    "(?:どれ|どの|どちら).{0,30}(?:ですか|でしょうか|ますか)", "(?:しましょうか|いかがでしょうか)",
    "(?:알려|말씀해|말해) ?(?:주세요|주십시오|줘)", "(?:어떤|어느|무엇이).{0,40}(?:나요|까요|세요|가요)",
    "(?:드릴까요|원하시나요|해볼까요)",
)  # fmt: skip
# What announces a list that is not of ideas: advice on them, reasons for them.
BESIDE = (
    r"(?:(?:some|a few|quick|general|final|additional|extra|pro|practical|bonus|key) ){0,2}(?:tips?\b|"
    r"notes?\b|next steps?\b|explanations?\b|rationales?\b|reasoning\b|why (?:these|this|they|it|i)\b|"
    r"how (?:to (?:use|choose|pick|decide)|these)\b|things to (?:consider|keep|note|remember)|"
    r"considerations?\b|keep in mind|takeaways?\b|summary\b|conclusion\b|comparison\b|disclaimers?\b|"
    r"references\b|sources\b|assumptions\b|what (?:makes|i need)\b|questions (?:for you|to|that)|"
    "clarifying questions|follow[- ]up questions)",
    r"tipps?\b", r"hinweise?\b", "anmerkung", "erklärung", "erläuterung", "begründung", "nächste schritte",
    "warum (?:das|diese|es|sie)", "rückfragen", r"consejos\b", r"notas?\b", "explicaci", "pr[oó]ximos pasos",
    "siguientes pasos", "por qu[eé] ", r"dicas\b", "explicaç", "pr[oó]ximos passos", "por que ", r"conseils?\b",
    r"astuces?\b", r"remarques?\b", r"explications?\b", "prochaines étapes", "pourquoi ", r"consigli\b", r"note\b",
    "spiegazion", "prossimi passi", "perché ", r"tips\b", "toelichting", "uitleg", "volgende stappen", "waarom ",
    "förklaring", "nästa steg", "varför ", "wskazówk", "porad", "uwagi", "wyjaśnieni", "następne kroki", "dlaczego ",
    "ipuçlar", r"öneriler(?:im)?\b", "açıklama", "notlar", "neden ", "совет", "подсказк", "примечани", "пояснени",
    "объяснени", "следующие шаги", "почему ",
    "(?:小)?(?:贴士|提示|建议|說明|说明|解释|备注|注意|下一步|为什么|補充|补充)", "ヒント", "ポイント", "補足",
    "解説", "説明", "注意点", "次のステップ", "(?:추가 )?(?:팁|설명|참고|주의|다음 단계)", "نصائح", "ملاحظات", "شرح",
    "توضيح", "الخطوات التالية", "टिप्पणी", "सुझाव", "व्याख्या", "mẹo", "lưu ý", "giải thích", "catatan", "penjelasan",
)  # fmt: skip
# What announces questions to the reader.
ASKING = (
    r"\b(?:tell me|let me know|help me|could you|can you|would help|narrow (?:it|this|these|things) down|"
    r"tailor|refine|clarify)\b",
    "[?？؟]", "sag mir", "verrate", "dites[- ]moi", "dime", "cu[eé]ntame", "me (?:diga|conte)", "fammi sapere",
    "dimmi", "расскажите", "подскажите", "ответьте", "告诉我", "請告訴", "教えて", "알려",
)  # fmt: skip
# What names one more idea behind the list.
BONUS = (
    "bonus(?:[ -](?:idea|option|suggestion|name|entry|concept|round|joke|idee|vorschlag)|[ -]?idee|"
    r" (?:n[°º.]\s?)?\d)?",
    "honou?rable mentions?", "wild[ -]?card(?: idea)?", "(?:and )?one (?:more|last)(?: idea| for luck| thing)?",
    "extra(?:[ -]?(?:idea|idee|idée|option))?", "zusatzidee", "idea (?:extra|adicional|bonus)",
    "ideia (?:extra|bônus)", "id[eé]e (?:bonus|suppl[eé]mentaire)", "mention (?:honorable|spéciale)",
    "menci[oó]n (?:honor[ií]fica|especial)", "menzione (?:d['’]onore|speciale)", "menção honrosa", "opci[oó]n extra",
    "бонус(?:ная идея)?", "бонус-идея", "идея-бонус", "额外(?:创意|想法|建议)?", "番外(?:編)?", "彩蛋", "加分项",
    "おまけ", "ボーナス", "보너스(?: 아이디어)?", "مكافأة", "فكرة إضافية", "dodatkowy pomysł", "ek fikir",
)  # fmt: skip
# Prose that is no idea's anyway.
SIGN_OFF = (
    "i hope", "hope (?:this|these|you|it|that)", "let me know", "feel free", "would you like", "do you want",
    "please (?:let|note|feel)",
    r"these (?:(?:two|three|four|five|six|ten|\d+)\b|(?:\w+ )?(?:ideas|are|names|suggestions|options|"
    "responses|should|will|can|slogans|jokes|titles|questions|examples|lines|gifts|games|themes|features|"
    r"sentences|words|books)\b)",
    r"this (?:is (?:just )?(?:a|an|one|the)|(?:\w+ )?(?:list|code|json|response|script|program|function|"
    r"example|will|should))\b",
    r"remember\b", r"note\b", "good luck", "enjoy", "if you(?:['’]d| would| need| want| have| like)",
    "is there anything", "happy to", r"i(?:['’]m| am| can| will|['’]ve| have|['’]d| would)\b", "in conclusion",
    "in summary", r"overall\b", "so,", "each of (?:these|the)", "all of these", "all these", "thank you", "thanks",
    "best regards", "sincerely", r"cheers\b", "which (?:one|of these)", r"you can\b",
)  # fmt: skip
