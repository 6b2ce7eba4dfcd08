"""Tables for topics to avoid: who is family, and how English speaks of sensitive subjects.

Static word vectors know that "tumor" is near "cancer", but not that "passed away", "let her go"
or "locked up" are euphemisms, nor that "lifts weights" is not about weight. What they do not reach
stands here: general English, by subject. ``asked`` recognises the subject in a topic, ``said`` in a
memory; ``idioms`` are taken out of a memory before it is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reverie_server.language.words import word_list

KIN: Final[Mapping[str, str]] = {
    "father": "dad|daddy|father|papa|pops?|stepdad|stepfather|parents?",
    "mother": "mom|mommy|mum|mummy|mother|mama|ma|stepmom|stepmother|parents?",
    "parents": "parents?|mom|mum|mother|dad|father|folks",
    "brother": "brothers?|stepbrother|siblings?",
    "sister": "sisters?|stepsister|siblings?",
    "son": "sons?|stepson|child(?:ren)?|kids?",
    "daughter": "daughters?|stepdaughter|child(?:ren)?|kids?",
    "child": "child(?:ren)?|kids?|sons?|daughters?|baby|babies",
    "husband": "husband|hubby|spouse",
    "wife": "wife|spouse",
    "boyfriend": "boyfriend|partner",
    "girlfriend": "girlfriend|partner",
    "partner": "partner|boyfriend|girlfriend|husband|wife|spouse|fiancée?|fiancee?",
    "grandmother": "grandmother|grandma|granny|gran|nana|grandparents?",
    "grandfather": "grandfather|grandpa|granddad|grandparents?",
    "aunt": "aunt|auntie|aunty",
    "uncle": "uncle",
    "cousin": "cousins?",
    "friend": "friends?",
    "dog": "dogs?|puppy",
    "cat": "cats?|kitten",
}
"""By person: the words for them, or for a group that they belong to."""

_ALL_KIN: Final = "|".join(KIN.values())
_OWN: Final = r"(?:her|his|my|their|our|your|the|a)\s+"


@dataclass(frozen=True, slots=True)
class Subject:
    asked: re.Pattern[str]
    said: re.Pattern[str]
    idioms: re.Pattern[str] | None = None


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{' '.join(pattern.split())})\b")


def _subject(asked: str, said: str, idioms: str = "") -> Subject:
    return Subject(_words(asked), _words(said), _words(idioms) if idioms else None)


SUBJECTS: Final[Mapping[str, Subject]] = {
    "death": _subject(
        r"deaths?|dying|died|dead|die|passing(?: away)?|passed away|grief|grieving|bereavement"
        r"|funeral|mourning|loss of",
        r"die[sd]?|dying|deaths?|dead|deceased|pass(?:ed|es|ing) (?:away|on)|passing|funerals?"
        r"|graves?|graveyard|cemetery|buried|burial|cremat\w+|ashes|mourn\w*|griev\w+|grief"
        r"|widow\w*|orphan\w*|obituary|bereave\w*|no longer with us|gone forever|eulogy|late "
        rf"(?:{_ALL_KIN})|put (?:\w+ ){{1,2}}(?:to sleep|down)"
        rf"|los(?:t|e|es|ing|s of) (?:{_OWN})?(?:{_ALL_KIN})",
        r"(?:phone|battery|laptop|engine|car|plants?|computer|console)(?: \w+)? (?:died|dies|is"
        r" dead|was dead)|dying to|die[sd]? laughing|to die for|dead (?:end|line|lift|tired)|drop"
        r" dead gorgeous",
    ),
    "suicide": _subject(
        r"suicid\w+|self-harm|killing (?:him|her|my)self",
        r"suicid\w+|(?:took|takes?|taking|taken|ended|end|ending) (?:his|her|their|my|your) own"
        r" li(?:fe|ves)|(?:ended|end|ending) (?:his|her|their|my) life"
        r"|(?:kill|killed|killing|hanged|shot) (?:him|her|my|your|them)sel(?:f|ves)|overdos\w+"
        r"|self-harm\w*|cut(?:s|ting)? (?:him|her|my)self",
    ),
    "cancer": _subject(
        r"cancer|tumou?rs?|leuka?emia|chemo\w*",
        r"cancers?|tumou?rs?|chemo\w*|oncolog\w+|radiation|radiotherapy|leuka?emia|lymphoma"
        r"|metasta\w+|remission|biops\w+|malignan\w+|mastectomy|carcinoma|melanoma|hospice"
        r"|terminal(?:ly ill)?",
        r"(?:zodiac|star) sign (?:is|was) cancer|a cancer \(zodiac\)",
    ),
    "illness": _subject(
        r"illness(?:es)?|sickness|disease|diagnosis|health(?: (?:problems|issues))?|surgery"
        r"|hospital\w*|medical \w+",
        r"ill(?:ness(?:es)?)?|sick(?:ness)?|diseases?|diagnos\w+|surger(?:y|ies)|hospital\w*"
        r"|chronic|symptoms?|medications?|treatments?|hospice|intensive care|dialysis|stroke"
        r"|heart attack|diabet\w+|dementia|alzheimer\w*|cancer|tumou?rs?|chemo\w*|seizures?",
        r"sick of|homesick",
    ),
    "weight": _subject(
        r"weight(?: (?:loss|gain))?|body(?:[ -]image)?|dieting|diets?|eating disorders?"
        r"|appearance|looks",
        r"fat(?:ter)?|overweight|underweight|obes\w+|diet(?:s|ed|ing)?|slim\w*|thinner|skinny"
        r"|chubby|calories?|bmi|anorexi\w+|bulimi\w+|eating disorders?|weigh(?:s|ed|t)?|waist\w*"
        r"|belly|dress size|plus[ -]size|body(?:[ -]image)?|curves"
        r"|(?:gain|gained|gaining|lose|lost|losing|put on|shed|dropped)"
        r" (?:\w+ ){0,2}(?:pounds?|kilos?|kg|lbs|stone)|how (?:s?he|they|i) looks?",
        r"(?:lifts?|lifting|lifted|free|dumb) weights?|weight ?lift\w*|carr(?:y|ies|ied) weight"
        r"|weight (?:with|of)|weigh(?:s|ed)? in|body of (?:work|water)|student body|any ?body"
        r"|full[- ]fat|low[- ]fat|pull\w* (?:her|his|their) weight",
    ),
    "former partner": _subject(
        r"ex|exes|ex-\w+|former (?:partner|boyfriend|girlfriend|husband|wife|lover)",
        r"ex|exes|ex-?(?:boyfriend|girlfriend|husband|wife|partner|fianc[eé]e?)s?|former (?:partner"
        r"|boyfriend|girlfriend|husband|wife|lover)|old flame",
    ),
    "breakup": _subject(
        r"break-?ups?|breaking up|broke up|split|heartbreak|getting dumped",
        r"br(?:oke|eak|eaks|eaking|oken) up|break-?ups?|split up|dumped|heart ?br(?:oken|eak)\w*"
        r"|called off the (?:engagement|wedding)|left (?:her|him|me) for|exes|ex|got ditched",
    ),
    "divorce": _subject(
        r"divorc\w+|marriage|separation|custody",
        r"divorc\w+|split(?:ting)? up|separated from|(?:is|are|were|got|legally) separated"
        r"|separation|custody|alimony|child support|annul(?:led|ment)|marriage (?:\w+ )?(?:ended"
        r"|failed|fell apart|broke|is over|was over)|br(?:oke|eak|eaking) up"
        r"|ex-?(?:husband|wife)|left (?:her|his) (?:husband|wife)|failed marriage",
    ),
    "money trouble": _subject(
        r"(?:money|financial|finances?|cash)(?: (?:problems?|troubles?|issues?|worries|stress))?"
        r"|debts?|bankruptcy|bills|being broke|poverty|loans?",
        r"(?:in )?debts?|bankrupt\w*|(?:is|was|am|are|were|be|been|flat|completely|always|totally)"
        r" broke|broke until|(?:can ?not|can't|could ?n[o']t|unable to) (?:pay|afford)|owes? \w+"
        r"|owing|behind on|overdue|overdraft|maxed out|foreclos\w+|evict\w+|repossess\w+"
        r"|insolven\w+|out of money|short of money|money (?:problems?|troubles?|worries|is tight)"
        r"|tight on money|poverty|unpaid bills?|struggl\w+ to pay"
        r"|collectors? call\w*|payday loans?",
    ),
    "income": _subject(
        r"salar(?:y|ies)|income|wages?|pay|earnings",
        r"salar(?:y|ies)|incomes?|wages?|paid (?:less|more|well|badly)|pay ?checks?"
        r"|pay (?:rise|cut)|earn(?:s|ed|ings)?|underpaid",
    ),
    "politics": _subject(
        r"politic\w*|elections?|voting|government|president",
        r"politic\w*|vot(?:e|es|ed|ing|ers?)|elections?|senat\w+|congress\w*|parliament|presidents?"
        r"|prime minister|republicans?|democrats?|conservatives|tor(?:y|ies)|liberals|left-wing"
        r"|right-wing|campaign(?:s|ed|ing)? (?:for|against)|governments?|ballots?|referendums?"
        r"|(?:green|labour|socialist|communist|liberal|conservative) party|protest(?:s|ed|ing)"
        r"|immigration|abortion|gun control",
        r"(?:class|club|company|vice) president|president of the (?:\w+ )?(?:club|company|board"
        r"|society|choir|team)|office politics"
        r"|(?:email|ad|marketing|advertising|sales) campaigns?",
    ),
    "alcohol": _subject(
        r"drink(?:s|ing|er)?|alcohol\w*|booze|sobriety|sober",
        r"alcohol\w*|drunk\w*|drink(?:s|ing|ers?)?|drank|sober\w*|sobriety|aa|hangovers?|hung ?over"
        r"|booz\w+|wine|beers?|whisk(?:e)?y|vodka|gin|rum|liquor|cocktails?|rehab|relaps\w+|tipsy"
        r"|binge\w*|detox|intoxicat\w+|twelve[- ]step|off the wagon",
        r"(?:drinks?|drinking|drank) (?:\w+ )?(?:tea|coffee|water|milk|juice|soda|lemonade|cocoa"
        r"|smoothies?)|drinking (?:water|fountain)|root beer|ginger beer",
    ),
    "drugs": _subject(
        r"drugs?|addict\w*|substance abuse|overdos\w+|rehab",
        r"drugs?|addict\w*|cocaine|heroin|meth|opioids?|overdos\w+|rehab|relaps\w+|got high|stoned"
        r"|weed|pills|narcotics?|dealer|withdrawal|clean for|using again|junkie",
        r"drug ?store",
    ),
    "pregnancy loss": _subject(
        r"miscarr\w+|stillb\w+|pregnancy loss|losing the baby|lost (?:the )?baby",
        rf"miscarr\w+|stillb\w+|los(?:t|e|ing|s of) {_OWN}(?:baby|pregnancy|child|twins)"
        r"|pregnan\w+.*\b(?:loss|lost|ended)|ectopic",
        r"miscarriages? of justice",
    ),
    "infertility": _subject(
        r"infertil\w+|fertility|ivf|trying to conceive|(?:having|not having) (?:kids|children)",
        r"infertil\w*|fertility|ivf|(?:can ?not|can't|could ?n[o']t|unable to) (?:get pregnant"
        r"|conceive|have (?:kids|children|a (?:baby|child)))|trying for (?:a )?(?:baby|child\w*"
        r"|kids)|(?:trying to )?conceive|egg donor|surroga\w+|childless\w*|embryos?",
    ),
    "losing work": _subject(
        r"(?:(?:getting|being|was|got) )?fired|lay-?offs?|laid off|job loss|losing (?:\w+ )?job"
        r"|unemploy\w+|redundan\w+|getting sacked",
        r"(?:was|got|been|being|were|getting|get|is) fired|fired (?:from|by|her|him|me|them)"
        r"|laid off|lay-?offs?|redundan\w+|unemploy\w+|jobless|(?:was|got|been|being) sacked"
        rf"|let (?:her|him|them|me|us) go|los(?:t|e|ing|s of) {_OWN}(?:job|position)|dismissed"
        r"|terminated|out of work|between jobs|severance|pink slip",
    ),
    "mental health": _subject(
        r"depress\w+|anxiety|mental (?:health|illness)|therapy|panic attacks?|burn ?out"
        r"|breakdowns?|bipolar|ptsd",
        r"depress(?:ed|ion|ive|es)|antidepress\w+|therap(?:y|ists?)|psychiatr\w+|psycholog\w+"
        r"|anxi\w+|panic attacks?|hopeless\w*|worthless\w*|suicid\w+|self-harm\w*|low mood"
        r"|burn(?:ed|t)?[- ]?out|bipolar|ptsd|(?:nervous )?breakdown|ssris?"
        r"|mental (?:health|illness)|counsell?ors?|(?:feel|feels|felt|feeling"
        r"|been) (?:\w+ ){0,2}(?:down|empty|numb|low)"
        r"|out of bed|mood swings",
        r"great depression|physical therap\w+|speech therap\w+|retail therapy",
    ),
    "religion": _subject(
        r"religio(?:n|ns|us)|faith|god|church|beliefs",
        r"religio(?:n|ns|us)|church\w*|mosques?|synagogues?|temples?|gods?|pray(?:s|ed|ing|ers?)?"
        r"|bible|qur'?an|koran|torah|catholic\w*|christian\w*|muslims?|islam\w*|jew(?:s|ish)?"
        r"|hindu\w*|buddhis\w+|atheis\w+|agnostic\w*|faith|priests?|pastors?|imams?|rabbis?"
        r"|bapti[sz]\w+|sermons?|worship\w*|mormons?|parish|gospel|ramadan|converted to|quakers?"
        r"|evangelical\w*|born again",
        r"faith in (?:the|her|his|my|their|you|me)(?! (?:church|lord))\b|faithful to|thank god"
        r"|oh my god",
    ),
    "accident": _subject(
        r"(?:car |bike |road |traffic )?(?:accidents?|crash(?:es)?|wrecks?|collisions?)",
        r"accidents?|crash(?:ed|es|ing)?|collisions?|collided|wreck(?:ed|s)?|(?:was|were|got|been)"
        r" hit by|(?:ran|run|runs) over|injur\w+|pile-?up|totall?ed|paraly[sz]ed|skidded|whiplash",
        r"(?:laptop|computer|app|server|program|browser|phone|system|market|game|stock|site|software"
        r")s? crash\w*|crash\w* course|(?:game|app|server) (?:has )?crashed",
    ),
    "law": _subject(
        r"prison|jail|arrest(?:s|ed)?|convict\w*|criminal \w+|crime|police|court|lawsuits?",
        r"prison\w*|jail\w*|arrest(?:ed|s)?|convict(?:ed|s|ions?)?|parole|probation|handcuff\w*"
        r"|locked up|behind bars|felon\w*|sentenced|inmates?|charged with|indict\w+|did time"
        r"|doing time|police (?:took|came|picked|raided)|bail|criminal record|lawsuits?|sued",
    ),
    "violence": _subject(
        r"abus\w+|assault\w*|violen\w+|rape\w*|trauma\w*|harass\w+|stalk\w+|bully\w*|bullied",
        r"abus\w+|assault\w*|violen\w+|rap(?:e|ed|ist)|molest\w*|trauma\w*|harass\w+|stalk\w+"
        r"|(?:beat|beats|hit|hits|hitting|slapped) (?:her|him|me|them)|beaten"
        r"|bull(?:y|ied|ying|ies)|restraining order|attacked|mugged|grop\w+",
        r"beat (?:\w+ ){1,2}(?:at|in) \w+",
    ),
    "sexuality": _subject(
        r"sex(?:ual\w*)?|sexuality|orientation|coming out|intimacy",
        r"sex(?:ual\w*)?|libido|virgin\w*|gay|lesbian|bisexual\w*|queer|trans(?:gender)?|came out"
        r"|coming out|closeted|asexual|slept with|affairs?|intima\w+",
    ),
    "age": _subject(
        r"(?:her |his |my )?age|ag(?:e)?ing|getting old(?:er)?|birthdays?",
        r"ag(?:e)?ing|get(?:s|ting)? old(?:er)?|turn(?:s|ed|ing) (?:\d\d|thirty|forty|fifty|sixty)"
        r"|birthdays?|wrinkles?|gr[ae]y hairs?|years old|menopaus\w+|midlife",
    ),
    "dementia": _subject(
        r"dementia|alzheimer\w*|memory loss|senil\w+",
        r"dementia|alzheimer\w*|memory (?:loss|care)|senil\w+|forget(?:s|ting)? (?:\w+ )?(?:names?"
        r"|faces?|who)|does(?: not|n't) (?:recogni[sz]e|remember)|care home|nursing home|confused",
    ),
    "hair and looks": _subject(
        r"hair ?(?:loss|line)?|bald\w*|acne|skin|wrinkles|teeth|scars?|height|nose",
        r"bald\w*|wigs?|hair ?(?:line|loss)|reced\w+|toupee|acne|pimples?|wrinkl\w+|scars?"
        r"|crooked teeth|braces|too (?:short|tall)|alopecia",
    ),
    "failed business": _subject(
        r"(?:failed |failing )?(?:startup|business|company|firm)(?: (?:failure|failing))?",
        r"went (?:under|bust)|shut (?:\w+ ){0,3}down|clos(?:e|ed|ing) (?:\w+ ){0,2}(?:business|shop"
        r"|company|firm|startup)|(?:business|company|firm|startup|shop) (?:\w+ )?(?:failed|closed"
        r"|collapsed|went under)|investors? (?:pulled|left|backed)|insolven\w+|liquidat\w+"
        r"|bankrupt\w*|wound up",
    ),
    "gambling": _subject(
        r"gambl\w+|betting|casinos?|poker",
        r"gambl\w+|betting|casinos?|poker|slots|slot machines?|roulette|blackjack|bookies?"
        r"|bets? on (?:\w+ )?(?:horses?|games?|matches|football|races?)|lotter(?:y|ies)|wager\w*",
    ),
    "loneliness": _subject(
        r"(?:being |staying )?single|lonel\w+|dating(?: life)?|love life|being alone",
        r"lonel\w+|(?:lives?|living|is|feels?|all) alone|dating apps?|a date in|no (?:date|partner)"
        r"|never (?:had a|been in a) (?:relationship|boyfriend|girlfriend)|unmarried|still single"
        r"|tinder|nobody to|no friends",
    ),
    "failing at school": _subject(
        r"(?:failed |failing )?(?:exams?|school|finals|grades|university|college|tests?)"
        r"(?: results)?|dropping out",
        r"flunk\w*|fail(?:s|ed|ing)? (?:\w+ ){0,2}(?:exams?|finals?|class|course|tests?|bar|year"
        r"|grade|semester)|(?:did not|didn't|not|never) (?:\w+ )?(?:pass|passed|graduate[sd]?)"
        r"|repeat(?:s|ed|ing)? (?:the |a )?(?:year|grade|class)|dropp?(?:ed|ing)? out|expelled"
        r"|bad grades",
    ),
    "immigration": _subject(
        r"immigrat\w+(?: status)?|visas?|deport\w+|citizenship|asylum|refugees?",
        r"visas?|deport\w+|green cards?|undocumented|immigra\w+|asylum|refugees?|citizenship"
        r"|residence permit|work permit|border (?:police|patrol)|without papers",
    ),
    "disability": _subject(
        r"autis\w+|adhd|disabilit\w+|disabled|dyslexi\w+|stutter\w*|stammer\w*|wheelchair"
        r"|deaf\w*|blind\w*|asperger\w*",
        r"autis\w+|on the spectrum|asperger\w*|adhd|disab(?:led|ilit\w+)|dyslexi\w+|stutter\w*"
        r"|stammer\w*|wheelchair|deaf\w*|hearing aids?|blind\w*|special needs|prosthe\w+"
        r"|neurodivergent|down syndrome|cerebral palsy",
        r"blinds|blind date",
    ),
    "infidelity": _subject(
        r"affairs?|cheat\w*|infidelity|unfaithful\w*|betray\w*",
        r"affairs?|cheat(?:s|ed|ing)? on|infidelity|unfaithful|betray\w+|mistress|slept with"
        r"|two-?timed|seeing someone else|behind (?:her|his|their|my) back",
        r"current affairs",
    ),
    "estrangement": _subject(
        r"estrange\w+|falling out|family (?:conflict|feud|drama)|in-laws|no contact",
        r"estrange\w+|fell out with|falling[- ]out|(?:do(?:es)? not|don't|doesn't|not|no longer)"
        r" (?:speak|speaking|talk|talking) to|cut (?:\w+ )?off|disown\w*|no contact|feud\w*"
        r"|in-laws?"
        r"|kicked (?:her|him|them|me) out|ran away from home",
    ),
    "adoption": _subject(
        r"adopt\w+|foster (?:care|home)|birth (?:mother|father|parents)|orphanage",
        r"adopt(?:ed|ion|ive)|foster (?:care|home|child\w*|parents?|family)|orphan\w*"
        r"|birth (?:mother|father|parents)|biological (?:mother|father|parents)",
        r"adopted (?:a|the) (?:dog|cat|puppy|kitten|habit|plan)",
    ),
    "smoking": _subject(
        r"smok\w+|cigarettes?|vap(?:e|ing)|nicotine",
        r"smok(?:e|es|ed|er|ers|ing)|cigarettes?|cigars?|vap(?:e|es|ed|ing)|nicotine|tobacco"
        r"|a pack a day|lit up",
        r"smoked (?:salmon|fish|ham|meat|paprika|cheese)|smoke alarm",
    ),
    "homelessness": _subject(
        r"homeless\w*|eviction|evicted|losing (?:the |her |his )?(?:house|home|flat)",
        r"homeless\w*|evict\w+|foreclos\w+|slept (?:in (?:her|his|the) car|rough|on (?:the streets?"
        r"|couches))|shelters?|couch[- ]surf\w*|lost (?:the|her|his|their) (?:house|home|flat)"
        r"|on the streets?",
        r"animal shelter",
    ),
    "war": _subject(
        r"war|combat|military|the army|deployment",
        r"wars?|wartime|combat|veterans?|deploy(?:ed|ment) (?:to|in)|soldiers?|bomb\w*|front ?line"
        r"|army|military|iraq|afghanistan|refugees?|ptsd|battlefield",
        r"star wars|war (?:games?|films?|hammer)|video game wars?",
    ),
}
"""By subject."""

NOISE: Final = word_list(
    """a about an and any anything around at being everything for from getting going having her
    his how in is issue issues it its like matter matters mention my of on or our past please
    problem problems related sensitive story stuff subject talk talking that the their thing things
    to topic topics trouble very what when with your avoid never dont don't not bring up childhood
    recent former"""
)
"""Words of a topic that do not say what it is."""
