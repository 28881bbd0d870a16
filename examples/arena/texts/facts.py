"""Short questions of general knowledge with right answers, from small tables and from arithmetic of words and dates."""

from __future__ import annotations

import datetime as dt
from random import Random

from examples.arena.texts.fact_tables import ANIMALS, COUNTRIES, ELEMENTS, OPPOSITES, UNITS
from examples.arena.texts.words import DAYS, MONTHS, with_article

Fact = tuple[str, str]


def facts(rng: Random) -> list[Fact]:
    """All facts there are, each once, in random order; more than 650."""
    found = [*_countries(), *_elements(), *_animals(), *_words(), *_dates(rng), *_numbers(rng), *_units(rng)]
    rng.shuffle(found)
    return found


def _countries() -> list[Fact]:
    asked = []
    for country, capital, continent in COUNTRIES:
        asked += [
            (f"What is the capital of {country}?", f"The capital of {country} is {capital}."),
            (f"Of which country is {capital} the capital city?", f"{capital} is the capital of {country}."),
            (f"On which continent does {country} lie?", f"{country} lies in {continent}."),
        ]
    return asked


def _elements() -> list[Fact]:
    asked = []
    for number, symbol, name in ELEMENTS:
        asked += [
            (f"Which chemical symbol stands for {name}?", f"The symbol of {name} is {symbol}."),
            (f"How many protons does an atom of {name} have?", f"An atom of {name} has {number} protons."),
            (f"Name the element with the symbol {symbol}.", f"{symbol} is {name}, element number {number}."),
        ]
    return asked


def _animals() -> list[Fact]:
    asked = []
    for animal, group, young in ANIMALS:
        asked += [
            (f"To which class of animals does the {animal} belong?", f"The {animal} is {with_article(group)}."),
            (
                f"What do you call the young of {with_article(animal)}?",
                f"A young {animal} is called {with_article(young)}.",
            ),
        ]
    return asked


def _words() -> list[Fact]:
    asked = []
    for one, other in OPPOSITES:
        asked.append((f"Give the opposite of the word '{one}'.", f"The opposite of '{one}' is '{other}'."))
        asked.append((f"How is '{other}' spelled backwards?", f"'{other}' spelled backwards is '{other[::-1]}'."))
    return asked


def _dates(rng: Random) -> list[Fact]:
    asked = []
    for year in rng.sample(range(1900, 2100), 40):
        day = dt.date(year, rng.randint(1, 12), rng.randint(1, 28))
        shown = f"{day.day} {MONTHS[day.month - 1]} {year}"
        asked.append((f"Which weekday was or will be {shown}?", f"{shown} falls on a {DAYS[day.weekday()]}."))
    return asked


def _numbers(rng: Random) -> list[Fact]:
    asked = []
    for number in rng.sample(range(11, 400), 40):
        asked.append((f"Write {number} as a binary number.", f"{number} in binary is {number:b}."))
    for number in rng.sample(range(11, 99), 30):
        asked.append((f"What do you get when you square {number}?", f"{number} squared is {number * number}."))
    return asked


def _units(rng: Random) -> list[Fact]:
    asked = []
    for large, factor, small in UNITS:
        for amount in rng.sample(range(2, 60), 4):
            question = f"How many {small} are there in {amount} {large}?"
            asked.append((question, f"{amount} {large} are {amount * factor:,} {small}."))
    return asked
