"""Labelled pairs of a topic to avoid and a memory: is it about the topic or not?

A memory is what it says and, where its record has one, whom or what it says it of. Those to keep
are hard negatives: they share the topic's words, or its person, or its field. The halves share no
topic. Rules and thresholds were chosen on ``TUNING``; ``HELD_OUT`` only measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Pair:
    topic: str
    about: str
    """Whom or what the memory is said of; empty: it says so itself."""
    text: str
    avoided: bool


@dataclass(frozen=True, slots=True)
class _Labels:
    avoided: tuple[str, ...]
    kept: tuple[str, ...]


_TUNING: Final[Mapping[str, _Labels]] = {
    "dad's death (sensitive)": _Labels(
        (
            "dad|Passed away 2018",
            "father|Died of a heart attack",
            "|Her father's funeral was in Cleveland",
            "|Lost her dad when she was in college",
            "|Visits dad's grave every spring",
            "|Still grieving for her father",
        ),
        (
            "dad|Taught her to fish",
            "|Her dad's old guitar hangs in the hall",
            "grandmother|Passed away 2012",
            "|Her phone died during the call with Marcus",
            "|Plays a deathmatch shooter with Jake",
            "mom|Lives in Ohio, calls every Sunday",
            "|Lost a bet with her dad",
        ),
    ),
    "weight/body image": _Labels(
        (
            "|Feels fat in her summer clothes",
            "|Has been dieting since January",
            "|Gained ten pounds over the winter",
            "|Hates how she looks in photos",
            "|Wants to be slimmer before the wedding",
            "|Said that she is overweight",
        ),
        (
            "|Lifts weights with Priya on Tuesdays",
            "|Wants to look at a new apartment",
            "|Had to wait an hour for the bus",
            "|The team's decision carries weight with the board",
            "|Builds Docker images at work",
            "|Loves craft beer",
        ),
    ),
    "her ex Trevor": _Labels(
        (
            "|Trevor still texts her at night",
            "|Saw Trevor's car outside the office",
            "Trevor|Owes her money",
            "|Broke up with her ex in March",
            "|Her ex-boyfriend moved to Denver",
        ),
        (
            "|Casually seeing Jessica",
            "|Has an exam on Friday",
            "|Her brother Tom studies in Austin",
            "|Exercises before work",
            "|Exported the photos to a drive",
        ),
    ),
    "divorce": _Labels(
        (
            "|Her parents split up last year",
            "|Is separated from her husband",
            "|The custody hearing is in June",
            "|His marriage ended in 2020",
            "|Signed the divorce papers",
            "|Pays alimony every month",
        ),
        (
            "|Got married in a vineyard",
            "|Splits the rent with Jake",
            "|Her parents live in Ohio",
            "|Keeps work and home apart",
            "|The two tables are stored separately",
        ),
    ),
    "money problems": _Labels(
        (
            "|Is deep in debt",
            "|Cannot pay the rent this month",
            "|Went bankrupt in 2019",
            "|Is broke until payday",
            "|Behind on the mortgage payments",
            "|Her credit cards are maxed out",
        ),
        (
            "|Collects old coins",
            "|Solved a hard problem at work",
            "|Works at a bank in Leeds",
            "|Pays attention to detail",
            "|The lamp in the hall is broken",
            "|Gives money to the animal shelter",
        ),
    ),
    "politics": _Labels(
        (
            "|Voted for the green party",
            "|Argued about the election with her uncle",
            "|Thinks that the president is a liar",
            "|Campaigned for a senator",
            "|Is a registered Republican",
        ),
        (
            "|Threw a party for Tom",
            "|Drinks green tea",
            "|Is president of the chess club",
            "|Ran an email campaign for the bakery",
            "|Likes history books",
        ),
    ),
    "drinking": _Labels(
        (
            "|Has been sober for two years",
            "|Goes to AA meetings on Mondays",
            "|Was an alcoholic",
            "|Got drunk at the office party",
            "|Had too much wine on Friday",
            "|Relapsed in the spring",
        ),
        (
            "|Waters the plants on Sundays",
            "|Sank the boat in a video game",
            "|Eats breakfast at six",
            "|Meets Priya on Mondays",
        ),
    ),
    "my miscarriage": _Labels(
        (
            "|Lost the baby at eleven weeks",
            "|Was pregnant last autumn, until the loss",
            "|Had a miscarriage in 2021",
            "|The stillbirth still haunts her",
        ),
        (
            "|Her sister is raising two boys",
            "|Lost the car keys twice",
            "|Carries a red bag",
            "|Thinks that the trial was a miscarriage of justice",
        ),
    ),
}

_HELD_OUT: Final[Mapping[str, _Labels]] = {
    "mother's cancer": _Labels(
        (
            "mom|Started chemo in May",
            "mother|Was diagnosed with a tumor",
            "|Her mum is in remission",
            "|Took her mother to radiation treatment",
            "|Mom's cancer came back",
        ),
        (
            "mom|Bakes on Sundays",
            "|Her zodiac sign is Cancer",
            "|Mum treated them to dinner",
            "aunt|Survived breast cancer",
            "|Her mother's old radio still works",
            "|Raised funds for cancer research at work",
        ),
    ),
    "her brother's suicide": _Labels(
        (
            "brother|Took his own life in 2016",
            "|Her brother killed himself",
            "brother|Died by suicide",
            "|Found her brother after he overdosed",
        ),
        (
            "brother|Studies in Austin",
            "|Her brother's band plays on Friday",
            "|Killed the last boss of the game with her brother",
            "|Her cousin's life changed in Spain",
            "|The server killed the process",
        ),
    ),
    "getting fired": _Labels(
        (
            "|Was laid off in October",
            "|Lost her job at the studio",
            "|Has been unemployed since spring",
            "|Got sacked after the merger",
            "|Her boss let her go",
            "|Was made redundant",
        ),
        (
            "|Fired up the grill on Sunday",
            "|Got hired as a designer",
            "|Lost her umbrella at the studio",
            "|Sits by the fire with a book",
            "|Her boss is called Marcus",
            "|Makes pottery and fires it in a kiln",
        ),
    ),
    "depression": _Labels(
        (
            "|Takes antidepressants",
            "|Feels hopeless most mornings",
            "|Sees a therapist for her low mood",
            "|Was depressed after college",
            "|Has been feeling very down and empty",
        ),
        (
            "|Wrote a paper on the market crash of 1929",
            "|Is impressed by the new museum",
            "|Felt great after the run",
            "|Sat down for dinner with Jake",
            "|Her physiotherapist lives in Leeds",
        ),
    ),
    "religion": _Labels(
        (
            "|Goes to church on Sundays",
            "|Left the faith at twenty",
            "|Prays before meals",
            "|Was raised Catholic",
            "|Reads the Bible at night",
            "|Became an atheist in college",
        ),
        (
            "|Runs religiously at six every day",
            "|Grows herbs in the yard",
            "|Raised two dogs in Ohio",
            "|Calls her mother on Sundays",
            "|Has faith in the new manager",
        ),
    ),
    "the accident": _Labels(
        (
            "|Was hit by a truck in 2015",
            "|Crashed the car on the ice",
            "|Was badly injured in a wreck",
            "|Has been afraid of driving since the collision",
        ),
        (
            "|Drives a blue van",
            "|Found the cafe by chance",
            "|The laptop crashes when it is hot",
            "|Her song was a hit on the radio",
            "|Learned to ice skate",
        ),
    ),
    "infertility": _Labels(
        (
            "|Had three failed rounds of IVF",
            "|Cannot get pregnant",
            "|Sees a fertility doctor",
            "|They have been trying for a baby for years",
        ),
        (
            "|Fertilizes the roses in March",
            "|Babysits for Priya",
            "|Sees the dentist on Monday",
            "|Trying out for the choir",
        ),
    ),
    "prison, arrest": _Labels(
        (
            "|Spent two years in jail",
            "|Was convicted of theft",
            "|Is on parole until May",
            "|The police took him away in handcuffs",
            "|Got locked up for a fight",
        ),
        (
            "|Locked the bike outside the shop",
            "|Was convinced by the argument",
            "|The view was arresting",
            "|Spent two years in Lisbon",
            "|Watches police dramas",
        ),
    ),
    "Sarah": _Labels(
        (
            "Sarah|Is passive-aggressive in meetings",
            "|Had lunch with Sarah",
            "|Sarah's desk is next to hers",
        ),
        (
            "|Has a safari planned for June",
            "|Works with Sandra on the billing team",
            "coworker Jake|Is cool",
            "|Wants to see the Sahara",
        ),
    ),
}


_FRESH: Final[Mapping[str, _Labels]] = {
    "hair loss": _Labels(
        ("|Is going bald", "|Wears a wig since last year", "|His hairline is receding"),
        ("|Cut her hair short", "|Lost her scarf on the train", "|Dyed her hair green"),
    ),
    "her failed startup": _Labels(
        (
            "|Her company went under in 2021",
            "|Had to shut the startup down",
            "|The investors pulled out and the firm closed",
        ),
        ("|Starts work at nine", "|Failed her driving test once", "|Joined a startup in Berlin"),
    ),
    "grandma's dementia": _Labels(
        (
            "grandmother|Was diagnosed with Alzheimer's",
            "|Her grandma forgets her name now",
            "grandma|Moved to a memory care home",
        ),
        ("grandma|Knits scarves", "|Forgot her umbrella", "uncle|Has dementia"),
    ),
    "gambling": _Labels(
        (
            "|Lost his savings at the casino",
            "|Plays the slots every weekend",
            "|Bets on horses again",
            "|Had a poker debt",
        ),
        ("|Bets that it will rain", "|Plays cards with her nephews", "|Saves for a bike"),
    ),
    "the dog that died": _Labels(
        (
            "|Had to put her dog to sleep",
            "|Buried the dog in the garden",
            "dog|Died of old age",
        ),
        ("|Walks the neighbour's dog", "|Her grandfather died in 1999", "cat|Sleeps all day"),
    ),
    "being single": _Labels(
        (
            "|Has not had a date in three years",
            "|Is tired of dating apps",
            "|Lives alone and feels lonely",
        ),
        ("|Bought a single ticket", "|Listened to the new single", "|Eats dates for breakfast"),
    ),
    "childhood abuse": _Labels(
        (
            "|Was beaten as a child",
            "|Grew up with a violent father",
            "|Was molested by a coach",
        ),
        ("|Grew up in Ohio", "|Beat her brother at chess", "|Loved school as a child"),
    ),
    "failing exams": _Labels(
        (
            "|Flunked her finals",
            "|Did not pass the bar",
            "|Has to repeat the year",
        ),
        ("|Studied law in Leeds", "|Passes the bakery every day", "|Teaches maths"),
    ),
    "immigration status": _Labels(
        (
            "|Her visa runs out in May",
            "|Is afraid of being deported",
            "|Waits for a green card",
            "|Is undocumented",
        ),
        ("|Sent a birthday card", "|Updated the project status", "|Visits Spain every year"),
    ),
    "her son's autism": _Labels(
        (
            "son|Is on the spectrum",
            "|Her son was diagnosed autistic at four",
            "|Her boy sees an autism specialist",
        ),
        ("son|Plays the drums", "|Works on a spectrum analyser", "nephew|Is autistic"),
    ),
}


def _split(memory: str) -> tuple[str, str]:
    about, _, text = memory.partition("|")
    return about, text


def _pairs(labels: Mapping[str, _Labels]) -> tuple[Pair, ...]:
    return tuple(
        Pair(topic, *_split(memory), avoided=avoided)
        for topic, of_topic in labels.items()
        for avoided, memories in ((True, of_topic.avoided), (False, of_topic.kept))
        for memory in memories
    )


TUNING: Final = _pairs(_TUNING)
HELD_OUT: Final = _pairs(_HELD_OUT)
FRESH: Final = _pairs(_FRESH)
"""Written when the tables were done, about subjects that mostly have none: what to expect there."""
