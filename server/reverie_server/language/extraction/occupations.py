"""Words for what people do for a living."""

from __future__ import annotations

from collections.abc import Sequence

from reverie_server.language.words import word_list

_OCCUPATIONS = word_list(
    """accountant actor actress architect artist assistant astronaut attorney author baker banker
    barber barista bartender biologist blogger bookkeeper builder butcher carpenter cashier ceo
    cto cfo coo vp chef chemist cleaner clerk coach comedian composer consultant contractor cook
    cop counselor courier dancer dentist designer detective developer director doctor driver
    economist editor electrician engineer entrepreneur farmer filmmaker firefighter fisherman
    florist founder freelancer gardener geologist guide hairdresser handyman historian
    housekeeper illustrator instructor intern interpreter janitor journalist judge lawyer
    lecturer librarian lifeguard linguist manager marketer mathematician mechanic midwife model
    musician nanny nurse nutritionist optician painter paralegal paramedic pastor pharmacist
    photographer physician physicist physiotherapist pilot plumber podcaster poet policeman
    postdoc potter president priest producer professor programmer psychiatrist psychologist
    realtor receptionist recruiter reporter researcher sailor salesman saleswoman scientist
    screenwriter sculptor secretary singer soldier statistician stylist surgeon surveyor tailor
    teacher technician therapist trainer translator tutor veterinarian vet waiter waitress
    welder writer yoga-teacher zoologist strategist analyst administrator officer streamer
    youtuber esthetician bouncer dj stockbroker trader broker agent student postman carer
    caregiver supervisor planner owner salesperson servant"""
)
_NOT_ALONE = word_list("owner agent guide judge model assistant servant planner cook officer")


def is_occupation(noun: Sequence[str]) -> bool:
    """Whether a noun phrase, word by word, names one: its last word decides."""
    last = noun[-1].lower()
    if last == "owner":
        return len(noun) > 1 and noun[-2].lower() in {"business", "store", "shop", "studio",
                                                      "restaurant", "company", "cafe"}  # fmt: skip
    return last in _OCCUPATIONS and (len(noun) > 1 or last not in _NOT_ALONE)
