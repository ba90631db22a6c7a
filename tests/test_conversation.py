"""What a conversation asks for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from brainstorm.integrations.conversation import BEST, MAX_READ, Ask, Turn, ideas_in, understand
from brainstorm.integrations.jobs import is_job
from hypothesis import given
from hypothesis import strategies as st

LIST = "1. **Ember & Oat**: warm and plain\n2. Rust and Rye\n3. The Patient Loaf\n4. Circuit Crumbs\n5. Steel Yeast"
TOPIC = "Names for a bakery run by robots"


def after_list(*said: str, topic: str = TOPIC) -> Ask:
    """A topic, the list, and what is said then, each answered by the same list but the last."""
    turns = [Turn("user", topic)]
    for text in said:
        turns += [Turn("assistant", LIST), Turn("user", text)]
    return understand(turns)


def test_the_first_message_is_the_topic_and_system_messages_come_along() -> None:
    ask = understand([Turn("system", "Be brief."), Turn("user", TOPIC)])
    assert ask == Ask(TOPIC, context=(Turn("system", "Be brief."),))


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("20 names for a bakery", 20),
        ("Give me 7 names for a bakery", 7),
        ("please list ten uses of a brick", 10),
        ("Can you come up with five openings for a story?", 5),
        ("Names for a bakery run by 3 robots", None),
        ("1984 as a musical", None),
        ("A dozen gifts for a beekeeper", 12),
        ("100 year old grandma gifts", None),
        ("90 day diet plan ideas", None),
        ("30 minute dinner ideas", None),
        ("7 day itinerary ideas for Rome", None),
        ("20 euro gifts", None),
        ("$20 gifts", None),
        ("20 € gifts", None),
        ("5 km run themes", None),
        ("10 word slogans", None),
        ("10 words for snow", 10),
        ("Plan a 3 course menu", None),
        ("14 tage Urlaub", None),
        ("9 to 5 outfits", None),
        ("100 names for a cat", 50),
        ("Top 10 names for a cat", 10),
        ("Give me the top 5 names", 5),
        ("Hi! Give me 8 names for a cat", 8),
        ("Hello there, could you give me 8 names?", 8),
        ("I run a bakery. Please suggest 8 names.", 8),
        ("I have two dogs. 3 cats live next door.", None),
        ("What are 20 uses of a brick?", 20),
        ("What are the 5 best uses of a brick?", 5),
        ("Give me the 5 best names", 5),
        ("The 12 apostles as cats", None),
        ("Just one name for a cat", 1),
        ("at least 20 names for a cat", 20),
        ("I need at least 20 names for a cat", 20),
        ("Names for a cat, at least 20", 20),
        ("Gib mir 20 Namen für eine Katze", 20),
        ("Give me 10 to 15 names", 15),
    ],
)
def test_a_number_at_the_start_says_how_many(text: str, n: int | None) -> None:
    assert understand([Turn("user", text)]).n == n


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("more", None), ("More!", None), ("more please", None), ("5 more", 5), ("Give me ten more ideas, please.", 10),
        ("more names", None), ("another one", 1), ("what else?", None), ("anything else?", None), ("keep going", None),
        ("different ones", None), ("others", None), ("some new ones please", None), ("mehr", None), ("noch 3", 3),
        ("encore", None), ("otras 4 ideas", 4), ("更多", None), ("again", None), ("can you give me 3 others?", 3),
        ("continue", None), ("go on", None),
    ],
)  # fmt: skip
def test_more(text: str, n: int | None) -> None:
    ask = after_list(text)
    assert (ask.topic, ask.n) == (TOPIC, n)
    assert ask.keep == (
        "Ember & Oat: warm and plain",
        "Rust and Rye",
        "The Patient Loaf",
        "Circuit Crumbs",
        "Steel Yeast",
    )
    assert ask == Ask(TOPIC, n=n, keep=ask.keep)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("more like 3", ["The Patient Loaf"]), ("More like #2, please", ["Rust and Rye"]), ("3", ["The Patient Loaf"]),
        ("more like 2 and 4", ["Rust and Rye", "Circuit Crumbs"]), ("like the second one", ["Rust and Rye"]),
        ("more like the last", ["Steel Yeast"]), ("variations on 3", ["The Patient Loaf"]),
        ("something similar to number 5", ["Steel Yeast"]), ("more like Rust and Rye", ["Rust and Rye"]),
        ('more like "patient loaf"', ["The Patient Loaf"]), ("I like 1 and 2", ["Ember & Oat: warm and plain", "Rust and Rye"]),
        ("more like 2-4", ["Rust and Rye", "The Patient Loaf", "Circuit Crumbs"]),
        ("more like the first two", ["Ember & Oat: warm and plain", "Rust and Rye"]),
        ("more like a shipwreck", ["a shipwreck"]), ("more like 99", []),
    ],
)  # fmt: skip
def test_more_like(text: str, wanted: list[str]) -> None:
    ask = after_list(text)
    assert ask.topic == TOPIC
    assert list(ask.nearer_to) == wanted


def test_a_number_of_more_like() -> None:
    ask = after_list("5 more like 3 but fewer puns")
    assert (ask.n, ask.nearer_to, ask.avoid) == (5, ("The Patient Loaf",), ("puns",))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("less like 3", "The Patient Loaf"), ("nothing like 4", "Circuit Crumbs"), ("not like the first", "Ember & Oat: warm and plain"),
     ("I don't like 2", "Rust and Rye"), ("no more like 5", "Steel Yeast")],
)  # fmt: skip
def test_less_like(text: str, wanted: str) -> None:
    assert after_list(text).away_from == (wanted,)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("fewer puns", "puns"), ("No puns please", "puns"), ("less alliteration", "alliteration"), ("without metal words", "metal words"),
     ("avoid rhymes", "rhymes"), ("weniger Wortspiele", "Wortspiele")],
)  # fmt: skip
def test_fewer(text: str, wanted: str) -> None:
    ask = after_list(text)
    assert (ask.topic, ask.avoid) == (TOPIC, (wanted,))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("shorter", "shorter"), ("make them funnier", "funnier"), ("more playful", "more playful"), ("in French", "in French"),
     ("only one word each", "only one word each"), ("a bit weirder please", "a bit weirder"), ("more puns", "more puns")],
)  # fmt: skip
def test_other_wishes(text: str, wanted: str) -> None:
    ask = after_list(text)
    assert (ask.topic, ask.constraints) == (TOPIC, (wanted,))


def test_wishes_add_up_and_numbers_mean_the_list_just_before() -> None:
    other = "1. Kiln\n2. Hearth"
    turns = [Turn("user", TOPIC), Turn("assistant", LIST), Turn("user", "fewer puns"), Turn("assistant", other),
             Turn("user", "more like 2"), Turn("assistant", LIST), Turn("user", "3 more")]  # fmt: skip
    ask = understand(turns)
    assert (ask.topic, ask.n, ask.avoid, ask.nearer_to) == (TOPIC, 3, ("puns",), ("Hearth",))
    assert {"Kiln", "Hearth", "Steel Yeast"} <= set(ask.keep)


@pytest.mark.parametrize(
    "text",
    [
        "Now names for the shop's cat",
        "What should the sign over the door look like?",
        "Write the opening of a story about the Patient Loaf in which a robot learns to knead, and give it a sad ending.",
        "Slogans for it",
    ],
)
def test_anything_else_is_a_topic_with_what_was_said_as_context(text: str) -> None:
    ask = after_list(text)
    assert ask.topic == text
    assert [t.role for t in ask.context] == ["user", "assistant"]
    assert "Rust and Rye" in ask.keep


def test_without_a_list_before_it_more_is_a_topic() -> None:
    assert understand([Turn("user", "more")]).topic == "more"


def test_an_own_answer_is_read_by_its_ranked_list_alone() -> None:
    answer = f"- Kiln\n- Kilns\n- Hearth\n\n{BEST}\n\n1. Hearth\n2. Kiln\n\n*(7 said, 2 distinct)*"
    assert ideas_in(answer) == ("Hearth", "Kiln")
    assert after_list("more like 1").nearer_to == ("Ember & Oat: warm and plain",)
    ask = understand([Turn("user", TOPIC), Turn("assistant", answer), Turn("user", "more like 1")])
    assert ask.nearer_to == ("Hearth",)


def test_an_answer_cut_off_before_its_ranked_list_is_read_by_what_was_found() -> None:
    assert ideas_in("- Kiln\n- Hearth\n") == ("Kiln", "Hearth")


def test_one_idea_alone_is_read_too() -> None:
    ask = understand([Turn("user", TOPIC), Turn("assistant", "Rust and Rye"), Turn("user", "another")])
    assert (ask.n, ask.keep) == (1, ("Rust and Rye",))


def test_only_the_latest_answers_are_read_for_ideas() -> None:
    long = "1. an old idea\n" + "and on it goes " * (MAX_READ // 15 + 1)
    ask = understand(
        [
            Turn("user", TOPIC),
            Turn("assistant", long),
            Turn("user", "more"),
            Turn("assistant", LIST),
            Turn("user", "more"),
        ]
    )
    assert "Steel Yeast" in ask.keep
    assert not any("old idea" in idea for idea in ask.keep)


JOBS = [
    "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n### Output:\nJSON\n"
    "### Chat History:\n<chat_history>\nUSER: names\n</chat_history>",
    "### Task:\nGenerate 1-3 broad tags for the main themes.\n\n### Guidelines:\n- short\n\n<chat_history>x</chat_history>",
    "### Task:\nSuggest 3-5 relevant follow-up questions or prompts.\n### Guidelines:\n- short",
    "### Task:\nAnalyze the chat history to decide on search queries.\n### Chat History:\nx",
    "Please generate a four to five word title summarizing our conversation without any lead-in or quotation marks.",
    "Please generate a concise, 5-word-or-less title for the conversation, using its same language.",
    "Write in the detected language. Title in 5 Words or Less. No Punctuation or Quotation.",
    "Generate a title for this conversation:\nUSER: names for a bakery",
    "Create a short descriptive title for this conversation. Return only the title.",
    "Please write a brief title for the following request:\n\nnames for a bakery",
    "Based on the chat history, give this conversation a name. Keep it short.",
    "Summarize the conversation in a few words",
    "Your task is to reflect the speaker's likely facial expression through a fitting emoji. Message: names for a bakery",
    "You have been provided with a set of responses from various models to the latest user query: \"names\"",
    "### Aufgabe:\nErstelle einen Titel mit 3-5 Wörtern.\n### Richtlinien:\n- kurz\n### Ausgabe:\nJSON",
    "你需要将用户的会话总结为 10 个字以内的标题",
]  # fmt: skip


@pytest.mark.parametrize("text", JOBS)
def test_jobs_of_chat_apps_are_known(text: str) -> None:
    assert is_job(text)
    assert understand([Turn("user", TOPIC), Turn("assistant", LIST), Turn("user", text)]).job


@pytest.mark.parametrize(
    "text",
    [
        TOPIC, "Titles for a story about a conversation", "10 titles for this conversation between two whales",
        "Ways to summarise a long book", "Tags for my cooking blog", "Follow-up questions for a job interview",
        "Emoji that a robot would use", "Give me names for a chat app", "How to keep a conversation going",
        "Name a bakery", "Three names for the conversation club", "Subject lines for a newsletter about chess",
        "Write a title for my essay on bees", "A task list app: features", "Suggest a name for our chat app",
        "Name three tags for this post message", "Create a category for this user's request tracker",
        "Name a topic for our discussion club", "Write a headline and summary for the new messages feature in our app",
        "Name the discussion club of our school", "Give me a title for a chat between two whales",
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_job_is_a_brainstorm(text: str) -> None:
    assert not is_job(text)


def test_a_conversation_without_a_user_is_refused() -> None:
    with pytest.raises(ValueError, match="from the user"):
        understand([Turn("system", "x"), Turn("user", "  ")])


@pytest.mark.parametrize(
    "text",
    ["thanks!", "Thank you so much", "ok", "OK, great!", "I love these", "why 2?", "Explain number 2 in detail", "What does #3 mean?",
     "write the first one as a poem", "Tell me more about the second idea", "Thanks for the ideas!"],
)  # fmt: skip
def test_thanks_and_questions_about_one_idea_are_no_brainstorm(text: str) -> None:
    ask = after_list(text)
    assert (ask.job, ask.topic) == (True, text)


BOATS = "1. **Moss**: soft\n2. **Old Salt**: a sailor\n3. Kelp\n4. Gull"


def after_boats(text: str) -> Ask:
    return understand([Turn("user", "Names for a boat"), Turn("assistant", BOATS), Turn("user", text)])


@pytest.mark.parametrize(
    "text",
    ["what does Old Salt mean?", "What does old salt mean", "Why did you pick Moss?", "tell me more about 4", "which is best?",
     "Which one do you like most?", "which of these would work for kids?", "translate them to German", "Explain Kelp",
     "what is your favourite?", "warum 2?", "vielen Dank!", "danke", "Was bedeutet Moss?", "what does 4 mean?", "explain 1 and 2",
     "how does Gull work?", "sort these by length", "übersetze sie ins Englische", "nothing else, thanks"],
)  # fmt: skip
def test_questions_about_the_list_are_no_brainstorm(text: str) -> None:
    assert (after_boats(text).job, after_boats(text).topic) == (True, text)


@pytest.mark.parametrize(
    "text",
    ["Explain 3 ways to cook rice", "What are names for a gull sanctuary?", "Which gifts would a sailor like?", "why 9?",
     "What is moss good at, and which slogans does it inspire?", "Explain mossy stones", "Slogans for Old Salt",
     "What is the best way to sell a boat?", "How to sell Moss", "Is a canoe a boat"],
)  # fmt: skip
def test_what_only_sounds_like_a_question_about_the_list_is_a_topic(text: str) -> None:
    assert (after_boats(text).job, after_boats(text).topic) == (False, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("yes please", Ask("")), ("Yes, please!", Ask("")), ("try again", Ask("")), ("danke, noch mehr", Ask("")),
        ("gib mir mehr", Ask("")),
        ("these are great, give me more", Ask("")), ("Love them! More please", Ask("")), ("are there any others?", Ask("")),
        ("I like these but shorter", Ask("", constraints=("shorter",))), ("more, but nothing nautical", Ask("", avoid=("nautical",))), ("at least 20", Ask("", n=20)),
        ("3 is great, more of those", Ask("", nearer_to=("Kelp",))), ("Old Salt is great!", Ask("", nearer_to=("Old Salt: a sailor",))),
        ("2 and 3 are great, 5 more like those", Ask("", n=5, nearer_to=("Old Salt: a sailor", "Kelp"))),
        ("3 is good but shorter", Ask("", nearer_to=("Kelp",), constraints=("shorter",))),
        ("combine 1 and 3", Ask("", nearer_to=("Moss: soft", "Kelp"), constraints=("combines Moss with Kelp",))),
        ("just one", Ask("", n=1)), ("gib mir 3 mehr", Ask("", n=3)),
    ],
)  # fmt: skip
def test_what_follows_a_list_is_no_topic(text: str, wanted: Ask) -> None:
    ask = after_boats(text)
    assert ask == replace(wanted, topic="Names for a boat", keep=ask.keep)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("I am opening a bakery", "Nice! How can I help?"),
        ("hi", "Kiln and Co"),
        ("How do I bake bread?", "Like this:\n1. Mix flour\n2. Let it rise\n3. Bake it"),
        ("Opening hours", "From nine to five. On Sundays from ten."),
        ("Shop names", "Two come to mind:\n- Kiln\n- Hearth"),
    ],
)
def test_prose_is_no_list_of_ideas(asked: str, said: str) -> None:
    ask = understand([Turn("user", asked), Turn("assistant", said), Turn("user", "Names for it")])
    assert (ask.topic, ask.keep) == ("Names for it", ())
    assert ask.context[-1] == Turn("assistant", said)


def test_a_list_of_another_model_is_read() -> None:
    said = "Sure! Some names:\n\n1. Kiln\n2. Hearth\n3. Ember\n\nShall I go on?"
    ask = understand([Turn("user", "Shop names"), Turn("assistant", said), Turn("user", "yes please")])
    assert (ask.topic, ask.keep) == ("Shop names", ("Kiln", "Hearth", "Ember"))


def test_the_choice_of_a_tool_is_a_job() -> None:
    system = (
        f"Available Tools: [{{{'x' * 5_000}}}]\n\nYour task is to choose and return the correct tool(s) from the list."
    )
    query = 'Query: History:\nUSER: """names"""\nQuery: names for a bakery'
    assert understand([Turn("system", system), Turn("user", query)]).job
    assert not understand([Turn("system", "Tools for bakers are your trade."), Turn("user", query)]).job


def test_talk_does_not_change_what_is_asked() -> None:
    turns = [Turn("user", TOPIC), Turn("assistant", LIST), Turn("user", "why 2?"), Turn("assistant", "It rusts."),
             Turn("user", "thanks"), Turn("assistant", "Any time."), Turn("user", "more like 2")]  # fmt: skip
    ask = understand(turns)
    assert (ask.topic, ask.nearer_to) == (TOPIC, ("Rust and Rye",))
    assert not any("rusts" in idea for idea in ask.keep)


@pytest.mark.parametrize(
    "text", ["Thanks! 5 more", "Why is number 9 good", "Names for the second shop", "Write 10 slogans", "ok, shorter"]
)
def test_what_only_sounds_like_talk_is_a_brainstorm(text: str) -> None:
    assert not after_list(text).job


WORDS = st.sampled_from(
    [
        "more",
        "like",
        "with",
        "for",
        "in",
        "3",
        "second",
        "one",
        "the",
        "and",
        "but",
        "less",
        "fewer",
        "not",
        "number",
        "#",
        "-",
        "'",
        "@",
        "(",
        ")",
        ":",
        ".",
        ",",
        "\n",
        "",
        "",
        "###",
        "Task:",
        "name",
        "this",
        "chat",
        "our",
        "aaaa",
        "9",
        "thanks",
        "why",
        "explain",
        "idea",
    ]
)
TEXTS = st.lists(WORDS, max_size=60).map("".join) | st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=80)


@given(st.lists(st.tuples(st.sampled_from(("system", "user", "assistant")), TEXTS), max_size=8), TEXTS)
def test_any_conversation_is_understood(turns: list[tuple[str, str]], last: str) -> None:
    ask = understand([*(Turn(role, text) for role, text in turns), Turn("user", f"a {last}")])  # type: ignore[arg-type]
    assert ask.topic.strip()
    assert ask.n is None or 1 <= ask.n <= 100
    named = {idea for role, text in turns if role == "assistant" for idea in ideas_in(text)}
    assert set(ask.keep) <= named


HOSTILE = """
from brainstorm.integrations.conversation import BEST, Turn, understand
from brainstorm.integrations.jobs import is_job
LIST = "\\n".join(f"{i}. copper pot {i}" for i in range(1, 300))
def said(text, before=LIST):
    understand([Turn("user", "names for boats"), Turn("assistant", before), Turn("user", text)])
for unit in ("a", "a'", "a-", "1", "1-", "#", "aer", "more ", "the ", "more like ", "no ", "and ", ", ", "thanks ", "!", " ", "in a ", "too "):
    for start in ("", "with ", "more like ", "less ", "make them ", "even ", "20 names ", "why ", "name "):
        for end in ("", "@x", "!\\n@"):
            said((start + unit * 150)[: 159 - len(end)] + end)
for start in ("3 is great ", "what does ", "tell me more about ", "explain ", "combine ", "which ", "hi give me "):
    for unit in ("a", "the ", "3 is great ", "more ", "so ", "please ", "give me ", "copper pot 1 ", "mean ", "and 3 ", " ", "or 3 ", "1 to "):
        for end in ("", "@x", "!"):
            said((start + unit * 150)[: 159 - len(end)] + end)
        understand([Turn("user", "names"), Turn("assistant", LIST), *([Turn("user", (start + unit * 99)[:150])] * 500)])
for unit in ("- ", "1. ", "- a\\n", " ", "\\n ", "a. ", "{"):
    said("more", "Sure\\n" + unit * (150_000 // len(unit)))
for unit in ("a", "name ", "name title this ", "the chat ", "# Task:", "1", "two ", "\\n", " ", "总结", "!", "please "):
    for start in ("", "### Task:", "generate ", "summarize the "):
        said(start + unit * (200_000 // len(unit)))
for unit in ("\\n", " ", "\\n ", "*(", BEST, "\\n*(", "- a\\n"):
    said("more", BEST + unit * (100_000 // len(unit)) + "x")
    said("more", "x" * 200_001 + BEST + unit * (3_000_000 // len(unit)) + "x")
for text in ("more", "x", "boats", "not like x", "more like zzz"):
    understand([Turn("user", "names"), Turn("assistant", LIST), *([Turn("user", text)] * 2048)])
"""


def test_no_conversation_takes_long() -> None:
    # a fraction of this each; where a pattern goes back over its text again and again, it takes hours
    subprocess.run([sys.executable, "-c", HOSTILE], check=True, timeout=120)
