"""The embedded FactExtractor: rules for first-person English. No model, no network, no key.

A sentence goes through `contractions` (one spelling for all forms), `hedges` (what is no claim:
questions, conditions, jokes, hearsay), `parts` and `clauses` (who does what, in which tense,
negated or over), the topics (`homes`, `work`, `ties`, `tastes`...: from a clause to drafts of
facts) and `wording`.
"""
