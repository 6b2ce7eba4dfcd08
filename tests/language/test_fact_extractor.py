"""The embedded extractor, topic by topic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reverie_server.language.extraction.embedded import EmbeddedFactExtractor, extract
from reverie_server.language.fact_extractor import USER
from tests.language.saying import DAY, NOON, facts, micros, said, statements, triples


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("I live in Boston.", (USER, "lives_in", "Boston", False)),
        ("Im living in New York City rn, its great", (USER, "lives_in", "New York City rn", False)),
        ("I'm based in Berlin.", (USER, "lives_in", "Berlin", False)),
        ("I grew up in rural Ohio.", (USER, "grew_up_in", "rural Ohio", False)),
        ("I'm from Sweden.", (USER, "from", "Sweden", False)),
        ("I'm originally from Leeds.", (USER, "from", "Leeds", False)),
        ("I was born in Lagos.", (USER, "born_in", "Lagos", False)),
        ("I moved to Oslo.", (USER, "lives_in", "Oslo", False)),
        ("I no longer live in Oslo.", (USER, "lives_in", "Oslo", True)),
        ("I'm a nurse.", (USER, "job_title", "nurse", False)),
        ("I'm a 34-year-old nurse from Leeds.", (USER, "age", "34", False)),
        ("I work at Acme Labs as a chemist.", (USER, "works_at", "Acme Labs", False)),
        ("I work at Acme Labs as a chemist.", (USER, "job_title", "chemist", False)),
        ("I've been working for Acme since 2019.", (USER, "works_at", "Acme", False)),
        ("I got a job at Stripe as a designer.", (USER, "works_at", "Stripe", False)),
        ("I got laid off from Acme.", (USER, "works_at", "Acme", True)),
        ("I left Acme.", (USER, "works_at", "Acme", True)),
        ("I no longer work at Acme.", (USER, "works_at", "Acme", True)),
        ("I work in finance.", (USER, "works_in", "finance", False)),
        ("I run a bakery.", (USER, "runs", "bakery", False)),
        ("I became a pilot.", (USER, "job_title", "pilot", False)),
        ("I study biology at Stanford.", (USER, "studies_at", "Stanford", False)),
        ("I study biology at Stanford.", (USER, "studies", "biology", False)),
        ("I graduated from MIT in 2015.", (USER, "graduated_from", "MIT", False)),
        ("I dropped out of Yale.", (USER, "studies_at", "Yale", True)),
        ("My name is Anna Berg.", (USER, "name", "Anna Berg", False)),
        ("Call me Al.", (USER, "called", "Al", False)),
        ("I'm 29.", (USER, "age", "29", False)),
        ("I turned 30 today!", (USER, "age", "30", False)),
        ("My birthday is on March 3.", (USER, "birthday", "March 3", False)),
        ("My favourite food is ramen.", (USER, "favorite_food", "ramen", False)),
        ("My all-time favorite movie is Alien.", (USER, "favorite_movie", "Alien", False)),
        ("I'm allergic to peanuts.", (USER, "allergic_to", "peanuts", False)),
        ("I have a peanut allergy.", (USER, "allergic_to", "peanuts", False)),
        ("I have an allergy to cats.", (USER, "allergic_to", "cats", False)),
        ("I'm not allergic to cats.", (USER, "allergic_to", "cats", True)),
        ("I have asthma.", (USER, "has", "asthma", False)),
        ("I'm vegan.", (USER, "is", "vegan", False)),
        ("I've been vegan for five years.", (USER, "is", "vegan", False)),
        ("I don't eat meat.", (USER, "eats", "meat", True)),
        ("I like hiking.", (USER, "likes", "hiking", False)),
        ("I really love spicy food a lot.", (USER, "loves", "spicy food", False)),
        ("I prefer tea to coffee.", (USER, "prefers", "tea to coffee", False)),
        ("I can't stand cilantro.", (USER, "hates", "cilantro", False)),
        ("I'm a huge fan of jazz.", (USER, "likes", "jazz", False)),
        ("I don't like olives.", (USER, "dislikes", "olives", False)),
        ("I'm not into opera.", (USER, "dislikes", "opera", False)),
        ("I used to love running.", (USER, "loves", "running", True)),
        ("I don't like sushi anymore.", (USER, "likes", "sushi", True)),
        ("I'm scared of heights.", (USER, "is", "afraid of heights", False)),
        ("I play the drums.", (USER, "plays", "drums", False)),
        ("I speak Polish.", (USER, "speaks", "Polish", False)),
        ("I quit smoking.", (USER, "does", "smoking", True)),
        ("I do yoga every morning.", (USER, "does", "do yoga every morning", False)),
        ("I'm dating Maria.", (USER, "partner", "Maria", False)),
        ("My husband is called Tom.", (USER, "partner", "Tom", False)),
        ("My husband Tom cooks.", (USER, "partner", "Tom", False)),
        ("I'm married to Tom.", (USER, "relationship_status", "married", False)),
        ("I broke up with Maria.", (USER, "partner", "Maria", True)),
        ("Maria and I broke up.", (USER, "partner", "Maria", True)),
        ("Tom and I got divorced.", (USER, "partner", "Tom", True)),
        ("I'm single.", (USER, "relationship_status", "single", False)),
        ("I have a dog named Rex.", (USER, "has", "a dog named Rex", False)),
        ("I have a dog and two cats.", (USER, "has", "two cats", False)),
        ("I adopted a kitten.", (USER, "has", "a kitten", False)),
        ("I don't have a dog anymore.", (USER, "has", "a dog", True)),
        ("My brother lives in Ohio.", ("brother", "lives_in", "Ohio", False)),
        ("My sister's a nurse.", ("sister", "job_title", "nurse", False)),
        ("My brother Tom hates mushrooms.", ("brother", "hates", "mushrooms", False)),
        ("My brother Tom hates mushrooms.", ("brother", "name", "Tom", False)),
        ("My dad passed away in 2018.", ("father", "died", "father", False)),
        ("I own a boat.", (USER, "owns", "a boat", False)),
        ("I want a motorcycle.", (USER, "wants", "a motorcycle", False)),
        ("I want to visit Japan.", (USER, "wants", "to visit Japan", False)),
        ("I'd love to learn the cello.", (USER, "wants", "to learn the cello", False)),
        ("I'm going to run a marathon.", (USER, "plans", "to run a marathon", False)),
        ("I'm getting married in June.", (USER, "plans", "to get married in June", False)),
        ("I'm training for a marathon.", (USER, "training_for", "a marathon", False)),
        ("I'm looking for a new job.", (USER, "looking_for", "a new job", False)),
        ("I've been to Rome.", (USER, "visited", "Rome", False)),
        ("I adopted the habit of reading.", (USER, "adopted", "the habit of reading", False)),
        ("Yesterday I went to a concert.", (USER, "went", "to a concert", False)),
        ("My goal is to open a cafe.", (USER, "wants", "to open a cafe", False)),
        ("Hi, I'm Alice, nice to meet you.", (USER, "name", "Alice", False)),
        ("My friends call me Liz.", (USER, "called", "Liz", False)),
        ("My dog's name is Rex.", ("dog", "name", "Rex", False)),
        ("My wife's name is Anna.", (USER, "partner", "Anna", False)),
        ("I'm a student at MIT.", (USER, "studies_at", "MIT", False)),
        ("I'm CTO at Acme.", (USER, "job_title", "CTO", False)),
        ("I was diagnosed with ADHD.", (USER, "has", "ADHD", False)),
        ("I can't eat gluten.", (USER, "avoids", "gluten", False)),
        ("I stopped eating meat.", (USER, "eats", "meat", True)),
        ("I gave up coffee.", (USER, "does", "coffee", True)),
        ("I don't want kids.", (USER, "wants", "kids", True)),
        ("My cat died.", (USER, "has", "a cat", True)),
        ("I lost my dog.", (USER, "has", "a dog", True)),
        ("I left my husband.", (USER, "partner", "husband", True)),
        ("Jessica broke up with me.", (USER, "partner", "Jessica", True)),
        ("My parents live in Ohio and my sister works at Acme.",
         ("sister", "works_at", "Acme", False)),
        ("My parents live in Ohio and my sister works at Acme.",
         ("parents", "lives_in", "Ohio", False)),
        ("My sister lives there and I moved to Oslo.", (USER, "lives_in", "Oslo", False)),
        ("I'm not single anymore.", (USER, "relationship_status", "single", True)),
        ("I quit my job as a teacher.", (USER, "job_title", "teacher", True)),
        ("I got promoted to senior engineer at Acme.",
         (USER, "job_title", "senior engineer", False)),
        ("I LOVE PIZZA", (USER, "loves", "pizza", False)),
    ],
)  # fmt: skip
def test_a_statement_gives_its_triple(content: str, expected: tuple[str, str, str, bool]) -> None:
    found = triples(content)
    if expected not in found:
        # The object may be told shorter: what comes after it is not its own.
        subject, predicate, thing, negated = expected
        assert any(
            (s, p, n) == (subject, predicate, negated) and o and thing.startswith(o)
            for s, p, o, n in found
        ), found


@pytest.mark.parametrize(
    "content",
    [
        "Do I live in Boston?",
        "Do you think I like coffee?",
        "Guess what I love",
        "If I lived in Paris I would be happy.",
        "I would be happy if I lived in Paris.",
        "I'd be a doctor in another life.",
        "I wish I had a dog.",
        "Imagine I live in Paris.",
        "I could live in Paris.",
        "I might be allergic to peanuts.",
        "I should work at Google.",
        "Tom says I am allergic to peanuts.",
        "My mom thinks I love opera.",
        "Apparently I hate jazz.",
        'She said "I live in Boston" and left.',
        "“I hate Mondays,” he yelled.",
        "I live in Boston, just kidding.",
        "I live in Boston. Just kidding!",
        "I practically live at the office.",
        "Yeah right, I love traffic.",
        "> I live in Boston",
        "I'm so happy today!",
        "I'm tired.",
        "I feel sad.",
        "I love it.",
        "I love you.",
        "I love how you think.",
        "I like your idea.",
        "I was living in Rome.",
        "You live in Boston.",
        "I did not go to the party.",
        "I never visited Rome.",
        "When I have kids I will be strict.",
        "I love the colors!",
        "I love stories that end well.",
        "I like feeding them.",
        "I love getting lost in the characters and plots.",
        "I love their latest album.",
        "I want to help make their garden nicer.",
        "I chose to sing about this because it is sad.",
        "I began showing neighbors how to weave this.",
        "We all helped with the fence.",
        "I've been knitting as usual.",
        "I'm passionate about building a warm, quiet library.",
        "My neighbors, family and coaches are my heroes.",
        "I'm gonna make all my dreams come true one day!",
        "We should do more for our kids.",
        "I had a great time.",
        "I got it.",
        "I took a break.",
        "Type I diabetes is common.",
        "I live in fear.",
        "I'm allergic to mornings.",
        "I may have sold my boat.",
        "I should have gone to Rome.",
        "I was going to buy a car.",
        "I'm seeing Jessica tomorrow.",
        "In the game I was a wizard.",
        "I like neither tea nor coffee.",
        "Ich liebe Berlin.",
        "J'habite à Paris.",
        "",
        "I",
        "my",
        "I am",
        "I am.",
    ],
)
def test_what_is_not_claimed_gives_nothing(content: str) -> None:
    assert statements(content) == []


@pytest.mark.parametrize(
    "content", ["Maybe I like jazz.", "I think I'm allergic to cats.", "I probably live in Boston."]
)
def test_what_is_hedged_is_low_evidence(content: str) -> None:
    assert all(fact.confidence < 0.5 for fact in facts(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("I live in Boston.", ["Lives in Boston."]),
        ("I'm a nurse.", ["Is a nurse."]),
        ("I'm no longer a nurse.", ["Is no longer a nurse."]),
        ("I don't like olives.", ["Does not like olives."]),
        ("My brother lives in Ohio.", ["Their brother lives in Ohio."]),
        ("My kids love pizza.", ["Their children love pizza."]),
        ("I took my kids to the zoo.", ["Took their kids to the zoo.", "Has children."]),
        ("I went to a concert yesterday.", ["Went to a concert on 14 May 2024."]),
        ("Last week I bought a canoe.", ["Bought a canoe in the week of 6 May 2024."]),
        ("I plan to move to Lisbon next year.", ["Plans to move to Lisbon in 2025."]),
        ("I watched \"Alien\" last night.", ["Watched Alien on 14 May 2024."]),
        ("Some cousins and I went sailing last weekend.",
         ["Went sailing on the weekend of 11 May 2024."]),
        ("I love pizza, pasta and ice cream.",
         ["Loves pizza.", "Loves pasta.", "Loves ice cream."]),
        ("I love rock and roll.", ["Loves rock and roll."]),
        ("I moved from Rome to Oslo.", ["No longer lives in Rome.", "Lives in Oslo."]),
        ("I went to this fair and ended up in these crazy sack races.",
         ["Went to a fair and ended up in some crazy sack races."]),
        ("I want to help refugees find their feet.", ["Wants to help refugees find their feet."]),
        ("I'm planning a bake sale later this month.",
         ["Is planning a bake sale later in May 2024."]),
        ("Running helps me clear my mind.", ["Finds that running helps them clear their mind."]),
    ],
)  # fmt: skip
def test_statements_read_in_the_third_person(content: str, expected: list[str]) -> None:
    assert statements(content) == expected


@pytest.mark.parametrize(
    ("content", "start"),
    [
        ("I moved to Oslo yesterday.", micros(2024, 5, 14)),
        ("I moved to Oslo last week.", micros(2024, 5, 6)),
        ("I moved to Oslo two months ago.", micros(2024, 3, 1)),
        ("I moved to Oslo in 2021.", micros(2021, 1, 1)),
        ("I moved to Oslo in March.", micros(2024, 3, 1)),
        ("I moved to Oslo in October.", None),
        ("I moved to Oslo on 3 May 2020.", micros(2020, 5, 3)),
        ("I moved to Oslo on May 3rd.", micros(2024, 5, 3)),
        ("I moved to Oslo last Friday.", micros(2024, 5, 10)),
        ("I moved to Oslo last summer.", micros(2023, 6, 1)),
        ("I've lived in Oslo for ten years.", micros(2014, 1, 1)),
        ("I've lived in Oslo since 2019.", micros(2019, 1, 1)),
        ("As of last week I live in Oslo.", micros(2024, 5, 6)),
        ("I live in Oslo.", None),
        ("I moved to Oslo a few years ago.", None),
        ("I moved to Oslo on 31 February 2020.", None),
    ],
)  # fmt: skip
def test_times_are_counted_from_when_it_was_said(content: str, start: int | None) -> None:
    (fact,) = facts(content)
    assert (fact.predicate, fact.object) == ("lives_in", "Oslo")
    assert fact.valid_from == start


def test_without_a_time_nothing_is_counted_from_it() -> None:
    (fact,) = facts("I moved to Oslo last week.", event_time=0)
    assert (fact.object, fact.valid_from) == ("Oslo", None)
    assert (
        facts("I went to a concert yesterday.", event_time=0)[0].statement == "Went to a concert."
    )


def test_a_plan_is_not_valid_from_its_day() -> None:
    (fact,) = facts("I'm planning to move to Berlin next year.")
    assert (fact.predicate, fact.valid_from) == ("plans", None)
    assert fact.statement == "Plans to move to Berlin in 2025."
    (fact,) = facts("I'm planning a bake sale later this month.")
    assert (fact.object, fact.valid_from) == ("a bake sale", None)


@pytest.mark.parametrize(
    "content",
    ["My girlfriend and I had our wedding on the beach.", "My boyfriend and I just got married!"],
)
def test_a_wedding_leaves_no_girlfriend(content: str) -> None:
    assert not [s for s in statements(content) if "girlfriend" in s or "boyfriend" in s]


def test_only_what_the_user_said_counts() -> None:
    mine = said("I live in Boston.")
    theirs = replace(
        mine, entry_id="e2", role="assistant", by_user=False, content="I live in Rome."
    )
    note = replace(mine, entry_id="e3", role="note", content="I live in Oslo.")
    assert [fact.object for fact in extract([theirs, mine, note]).facts] == ["Boston"]
    assert extract([]).facts == ()


def test_the_same_said_twice_is_one_fact_and_the_surer_one_counts() -> None:
    found = extract([said("Maybe I like jazz.", entry_id="a"), said("I like jazz.", entry_id="b")])
    (fact,) = found.facts
    assert (fact.entry_ids, fact.confidence > 0.5) == (("a", "b"), True)
    assert len(extract([said("I like jazz."), said("I like jazz.", NOON + DAY)]).facts) == 1


def test_what_is_said_again_comes_last() -> None:
    to_and_fro = [
        said("I live in Boston.", entry_id="a"),
        said("I live in Denver now.", entry_id="b"),
        said("I live in Boston again.", entry_id="c"),
    ]
    found = [(fact.object, fact.entry_ids) for fact in extract(to_and_fro).facts]
    assert found == [("Denver", ("b",)), ("Boston", ("a", "c"))]


def test_storylines_are_what_goes_on() -> None:
    found = extract(
        [
            said("I'm looking for a new apartment.", entry_id="a"),
            said("I'm planning to visit my uncle in Oslo.", entry_id="b"),
            said("I finally finished my thesis yesterday.", entry_id="c"),
            said("I like jazz.", entry_id="d"),
        ]
    )
    assert [(s.topic, s.status, s.entry_ids) for s in found.storylines] == [
        ("new apartment", "ongoing", ("a",)),
        ("visit their uncle in Oslo", "new", ("b",)),
        ("thesis", "resolved", ("c",)),
    ]


async def test_the_port_gives_the_same() -> None:
    extractor = EmbeddedFactExtractor()
    utterances = [said("I live in Boston and I love jazz.")]
    assert await extractor.extract(utterances) == extract(utterances)
    assert extractor.name == "embedded"
