"""What a user says over time, and what is to be true of it afterwards: the contradiction suite.

It was written before the code that it tests. A structured case hands over facts as triples; a free
text case lets the user say things in sessions of their own, some days apart, and what is extracted
is judged. Times are days after the first step.

A `Claim` names a predicate and words that the fact's object (or, when it has none, its statement)
has to hold, in small letters. `now` must be current after the last step, `never` must not be, at
any time, and `over` must not be current any more but must have been: `as_of` answers it, and the
history holds it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    predicate: str
    words: str
    subject: str = "user"


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as a triple."""

    day: int
    predicate: str
    object: str
    subject: str = "user"
    confidence: float = 0.8
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the user says on a day."""

    day: int
    text: str


@dataclass(frozen=True, slots=True)
class Over:
    """A claim that was true, seen as of a day on which it was."""

    claim: Claim
    as_of_day: int


@dataclass(frozen=True, slots=True)
class Structured:
    name: str
    told: tuple[Told, ...]
    now: tuple[Claim, ...] = ()
    over: tuple[Over, ...] = ()
    never: tuple[Claim, ...] = ()
    current: int | None = None
    """How many facts are current in all."""


@dataclass(frozen=True, slots=True)
class FreeText:
    name: str
    said: tuple[Said, ...]
    now: tuple[Claim, ...] = ()
    over: tuple[Over, ...] = ()
    never: tuple[Claim, ...] = ()
    once: tuple[Claim, ...] = ()
    """Current exactly once, however often it was said."""


def _moved(name: str, predicate: str, first: str, second: str) -> Structured:
    """A single-valued predicate gets another value on day 10."""
    return Structured(
        name,
        (Told(0, predicate, first), Told(10, predicate, second)),
        now=(Claim(predicate, second.lower()),),
        over=(Over(Claim(predicate, first.lower()), 5),),
        current=1,
    )


def _turned(name: str, first: str, second: str, thing: str) -> Structured:
    """An opposing relation to the same thing on day 10."""
    return Structured(
        name,
        (Told(0, first, thing), Told(10, second, thing)),
        now=(Claim(second, thing.lower()),),
        over=(Over(Claim(first, thing.lower()), 5),),
        current=1,
    )


STRUCTURED = (
    # One value at a time.
    _moved("moved city", "lives_in", "Boston", "Denver"),
    _moved("changed job", "job_title", "teacher", "nurse"),
    _moved("changed employer", "works_at", "TechCorp", "Initech"),
    _moved("another partner", "partner", "Jessica", "Maria"),
    _moved("renamed", "name", "Alice", "Alicia"),
    _moved("grew older", "age", "29", "30"),
    _moved("another school", "studies_at", "MIT", "Stanford"),
    _moved("single, then dating", "relationship_status", "single", "dating"),
    # Opposing relations.
    _turned("likes, then hates", "likes", "hates", "coffee"),
    _turned("loves, then dislikes", "loves", "dislikes", "Jazz"),
    _turned("enjoys, then avoids", "enjoys", "avoids", "parties"),
    _turned("hates, then loves", "hates", "loves", "running"),
    _turned("prefers, then rejects", "prefers", "rejects", "tea"),
    _turned("wants, then rejects", "wants", "rejects", "a dog"),
    _turned("supports, then opposes", "supports", "opposes", "the merger"),
    _turned("trusts, then distrusts", "trusts", "distrusts", "Trevor"),
    _turned("believes, then doubts", "believes", "doubts", "the diagnosis"),
    Structured(
        "the surer one stays, the weaker one is history",
        (Told(0, "likes", "sushi", confidence=0.9), Told(5, "hates", "sushi", confidence=0.5)),
        now=(Claim("likes", "sushi"),),
        current=1,
    ),
    Structured(
        "a tie goes to the newer",
        (Told(0, "likes", "sushi", confidence=0.7), Told(5, "hates", "sushi", confidence=0.7)),
        now=(Claim("hates", "sushi"),),
        over=(Over(Claim("likes", "sushi"), 2),),
        current=1,
    ),
    # Similar relations.
    Structured(
        "likes, then loves the same thing",
        (
            Told(0, "likes", "climbing", confidence=0.6),
            Told(9, "loves", "climbing", confidence=0.9),
        ),
        now=(Claim("loves", "climbing"),),
        current=1,
    ),
    Structured(
        "plays and practices are one",
        (Told(0, "plays", "chess", confidence=0.9), Told(9, "practices", "chess", confidence=0.5)),
        now=(Claim("plays", "chess"),),
        current=1,
    ),
    # The same again.
    Structured(
        "the same statement confirms",
        (Told(0, "lives_in", "Boston"), Told(30, "lives_in", "Boston")),
        now=(Claim("lives_in", "boston"),),
        current=1,
    ),
    Structured(
        "the same in other letters confirms",
        (Told(0, "works_at", "TechCorp"), Told(30, "works_at", "techcorp ")),
        now=(Claim("works_at", "techcorp"),),
        current=1,
    ),
    # Several true at once.
    Structured(
        "two hobbies",
        (Told(0, "likes", "climbing"), Told(1, "likes", "cooking")),
        now=(Claim("likes", "climbing"), Claim("likes", "cooking")),
        current=2,
    ),
    Structured(
        "two allergies",
        (Told(0, "allergic_to", "peanuts"), Told(1, "allergic_to", "pollen")),
        now=(Claim("allergic_to", "peanuts"), Claim("allergic_to", "pollen")),
        current=2,
    ),
    Structured(
        "likes one thing, hates another",
        (Told(0, "likes", "coffee"), Told(1, "hates", "tea")),
        now=(Claim("likes", "coffee"), Claim("hates", "tea")),
        current=2,
    ),
    Structured(
        "two people live in two cities",
        (Told(0, "lives_in", "Boston"), Told(1, "lives_in", "Ohio", subject="mother")),
        now=(Claim("lives_in", "boston"), Claim("lives_in", "ohio", subject="mother")),
        current=2,
    ),
    # No more.
    Structured(
        "an allergy is taken back",
        (Told(0, "allergic_to", "peanuts"), Told(20, "allergic_to", "peanuts", negated=True)),
        over=(Over(Claim("allergic_to", "peanuts"), 10),),
        current=0,
    ),
    Structured(
        "a dog is gone",
        (Told(0, "owns", "a dog"), Told(20, "owns", "a dog", negated=True)),
        over=(Over(Claim("owns", "a dog"), 10),),
        current=0,
    ),
    # There and back.
    Structured(
        "moved away and back",
        (
            Told(0, "lives_in", "Boston"),
            Told(10, "lives_in", "Denver"),
            Told(20, "lives_in", "Boston"),
        ),
        now=(Claim("lives_in", "boston"),),
        over=(Over(Claim("lives_in", "boston"), 5), Over(Claim("lives_in", "denver"), 15)),
        current=1,
    ),
    Structured(
        "told late of what was earlier",
        (Told(10, "lives_in", "Denver"), Told(0, "lives_in", "Boston")),
        now=(Claim("lives_in", "denver"),),
        over=(Over(Claim("lives_in", "boston"), 5),),
        current=1,
    ),
    Structured(
        "liked, hated and liked again",
        (Told(0, "likes", "yoga"), Told(5, "hates", "yoga"), Told(9, "likes", "yoga")),
        now=(Claim("likes", "yoga"),),
        over=(Over(Claim("likes", "yoga"), 2), Over(Claim("hates", "yoga"), 7)),
        current=1,
    ),
)


FREE_TEXT = (
    FreeText(
        "moved city",
        (Said(0, "I live in Boston."), Said(60, "I just moved to Denver last week.")),
        now=(Claim("lives_in", "denver"),),
        over=(Over(Claim("lives_in", "boston"), 20),),
    ),
    FreeText(
        "moved, with the old place named",
        (Said(0, "I'm living in Austin right now."), Said(40, "I moved from Austin to Portland.")),
        now=(Claim("lives_in", "portland"),),
        over=(Over(Claim("lives_in", "austin"), 20),),
    ),
    FreeText(
        "moved, said as not any more",
        (
            Said(0, "I live in Chicago."),
            Said(30, "I don't live in Chicago anymore, I live in Seattle now."),
        ),
        now=(Claim("lives_in", "seattle"),),
        over=(Over(Claim("lives_in", "chicago"), 10),),
    ),
    FreeText(
        "changed job",
        (Said(0, "I work as a teacher."), Said(90, "I work as a nurse now.")),
        now=(Claim("job_title", "nurse"),),
        over=(Over(Claim("job_title", "teacher"), 30),),
    ),
    FreeText(
        "changed employer",
        (
            Said(0, "I work at TechCorp as a software engineer."),
            Said(90, "Big news: I started working at Initech!"),
        ),
        now=(Claim("works_at", "initech"),),
        over=(Over(Claim("works_at", "techcorp"), 30),),
    ),
    FreeText(
        "quit",
        (Said(0, "I work at Globex."), Said(50, "I quit my job at Globex yesterday.")),
        over=(Over(Claim("works_at", "globex"), 20),),
    ),
    FreeText(
        "got fired",
        (Said(0, "I work at Hooli."), Said(50, "I got fired from Hooli.")),
        over=(Over(Claim("works_at", "hooli"), 20),),
    ),
    FreeText(
        "broke up, as of last week",
        (
            Said(0, "I'm dating Jessica."),
            Said(60, "As of last week Jessica and I broke up."),
        ),
        over=(Over(Claim("partner", "jessica"), 30),),
    ),
    FreeText(
        "broke up and found somebody else",
        (
            Said(0, "My girlfriend is called Jessica."),
            Said(60, "I broke up with Jessica."),
            Said(120, "I'm dating Maria now."),
        ),
        now=(Claim("partner", "maria"),),
        over=(Over(Claim("partner", "jessica"), 30),),
    ),
    FreeText(
        "got divorced",
        (Said(0, "I'm married to Tom."), Said(200, "Tom and I got divorced.")),
        over=(Over(Claim("partner", "tom"), 100),),
    ),
    FreeText(
        "likes, then hates",
        (Said(0, "I like coffee."), Said(30, "I hate coffee now.")),
        now=(Claim("hates", "coffee"),),
        over=(Over(Claim("likes", "coffee"), 10),),
    ),
    FreeText(
        "loves, then does not like any more",
        (Said(0, "I love sushi."), Said(30, "I don't like sushi anymore.")),
        over=(Over(Claim("loves", "sushi"), 10),),
    ),
    FreeText(
        "used to",
        (Said(0, "I love running."), Said(100, "I used to love running, but I hate it now.")),
        now=(Claim("hates", "running"),),
        over=(Over(Claim("loves", "running"), 50),),
    ),
    FreeText(
        "an allergy that was none",
        (
            Said(0, "I'm allergic to peanuts."),
            Said(45, "Turns out I'm not allergic to peanuts after all."),
        ),
        over=(Over(Claim("allergic_to", "peanuts"), 20),),
    ),
    FreeText(
        "no longer vegetarian",
        (Said(0, "I'm a vegetarian."), Said(80, "I'm no longer a vegetarian.")),
        over=(Over(Claim("is", "vegetarian"), 40),),
    ),
    FreeText(
        "became vegan",
        (Said(0, "I'm a vegetarian."), Said(80, "I'm a vegan now.")),
        now=(Claim("is", "vegan"),),
    ),
    FreeText(
        "a dog that is gone",
        (Said(0, "I have a dog named Rex."), Said(70, "I don't have a dog anymore.")),
        over=(Over(Claim("has", "dog"), 30),),
    ),
    FreeText(
        "negation from the start",
        (Said(0, "I don't like olives."),),
        now=(Claim("dislikes", "olives"),),
        never=(Claim("likes", "olives"),),
    ),
    FreeText(
        "never liked",
        (Said(0, "I've never liked horror movies."),),
        never=(Claim("likes", "horror"),),
    ),
    FreeText(
        "the same fact in other words",
        (
            Said(0, "I'm allergic to peanuts."),
            Said(20, "Remember that I have a peanut allergy."),
        ),
        once=(Claim("allergic_to", "peanut"),),
    ),
    FreeText(
        "the same fact word for word",
        (Said(0, "I live in Boston."), Said(20, "I live in Boston.")),
        once=(Claim("lives_in", "boston"),),
    ),
    FreeText(
        "the same employer in other words",
        (Said(0, "I work at TechCorp."), Said(9, "My job at TechCorp is fine.")),
        once=(Claim("works_at", "techcorp"),),
    ),
    FreeText(
        "two hobbies at once",
        (Said(0, "I love rock climbing."), Said(3, "I love cooking too.")),
        now=(Claim("loves", "climbing"), Claim("loves", "cooking")),
    ),
    FreeText(
        "two allergies in one breath",
        (Said(0, "I'm allergic to peanuts and shellfish."),),
        now=(Claim("allergic_to", "peanuts"), Claim("allergic_to", "shellfish")),
    ),
    FreeText(
        "somebody else's city",
        (Said(0, "I live in Denver."), Said(4, "My brother lives in Ohio.")),
        now=(Claim("lives_in", "denver"), Claim("lives_in", "ohio", subject="brother")),
    ),
    FreeText(
        "hearsay is no fact of the user",
        (Said(0, "I live in Denver."), Said(4, "Tom says that I should live in Texas.")),
        now=(Claim("lives_in", "denver"),),
        never=(Claim("lives_in", "texas"),),
    ),
    FreeText(
        "somebody else said so",
        (Said(0, "Sarah told me she hates Mondays."),),
        never=(Claim("hates", "mondays"),),
    ),
    FreeText(
        "a joke",
        (
            Said(0, "I live in Denver."),
            Said(4, "Haha, I practically live in the gym, just kidding."),
        ),
        now=(Claim("lives_in", "denver"),),
        never=(Claim("lives_in", "gym"),),
    ),
    FreeText(
        "a wish",
        (Said(0, "I live in Denver."), Said(4, "I wish I lived in Paris.")),
        now=(Claim("lives_in", "denver"),),
        never=(Claim("lives_in", "paris"),),
    ),
    FreeText(
        "a condition",
        (Said(0, "If I lived in Paris I would be happy."),),
        never=(Claim("lives_in", "paris"),),
    ),
    FreeText(
        "a question",
        (Said(0, "Do you think I like coffee?"),),
        never=(Claim("likes", "coffee"),),
    ),
    FreeText(
        "a plan is not yet so",
        (Said(0, "I live in Denver."), Said(8, "I'm planning to move to Berlin next year.")),
        now=(Claim("lives_in", "denver"),),
        never=(Claim("lives_in", "berlin"),),
    ),
    FreeText(
        "a plan, then done",
        (
            Said(0, "I live in Denver."),
            Said(8, "I'm planning to move to Berlin."),
            Said(99, "I moved to Berlin!"),
        ),
        now=(Claim("lives_in", "berlin"),),
        over=(Over(Claim("lives_in", "denver"), 50),),
    ),
    FreeText(
        "a birthday",
        (Said(0, "I'm 29 years old."), Said(200, "I turned 30 today!")),
        now=(Claim("age", "30"),),
        over=(Over(Claim("age", "29"), 100),),
    ),
    FreeText(
        "a correction",
        (Said(0, "My name is Alice."), Said(1, "Actually, my name is Alicia.")),
        now=(Claim("name", "alicia"),),
    ),
    FreeText(
        "another favourite",
        (
            Said(0, "My favorite color is blue."),
            Said(50, "My favorite color is green these days."),
        ),
        now=(Claim("favorite_color", "green"),),
        over=(Over(Claim("favorite_color", "blue"), 20),),
    ),
)
