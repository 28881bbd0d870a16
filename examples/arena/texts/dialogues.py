"""Conversations of one to four exchanges between a person and an assistant about everyday matters."""

from __future__ import annotations

from functools import cache
from random import Random

from examples.arena.texts.words import DAYS, NAMES, TOWNS

Turns = list[tuple[str, str]]
"""(role, text) in order; roles are user and assistant."""

_SCRIPT = """\
- Hello, I would like to book a table for {n} people on {day} in {town}.
> Gladly. At what time should the table for {n} be ready, and under which name?
- At {h} o'clock, for {name}. One of us cannot eat {food}.
> Noted: {n} people, {day} at {h}, name {name}, and nothing with {food} for one guest.
- Can we sit outside?
> If {day} stays dry, I will keep a table in the yard of our {town} house; otherwise by the window.
- Wonderful, thank you.
> You are welcome, {name}. See you on {day}.

- My {device} stopped working after {day}. What can I try?
> Let us begin simply. Does the {device} show any light when you plug it in, {name}?
- A {colour} light blinks {n} times.
> {n} {colour} blinks mean that it lost its settings. Hold the button at the back for {h} seconds.
- Now the light is steady.
> Then the {device} has restarted. Please enter your password for the {town} network again.
- It works, you saved my {day}!
> I am glad. If the {device} blinks {colour} again, repeat the same step.

- I left a {colour} bag on the {h} o'clock train to {town}.
> I am sorry to hear that. What is in the {colour} bag, and where did you sit?
- A {device} and a book by {name}, in coach {n}.
> I have sent a note to {town}: {colour} bag, coach {n}, with a {device} inside.
- When will I know?
> Found items reach the counter in {town} within two days, so ask again after {day}.
- Should I come myself?
> Yes, and bring something that shows the {device} is yours.

- What could I cook on {day} with {food} and {n} eggs?
> With {n} eggs and {food} you can bake a flat omelette. Do you have an oven?
- Yes, and I have {h} minutes.
> Then heat it first, whisk the {n} eggs, fold in the {food} and bake for most of the {h} minutes.
- {name} does not like onions.
> Leave them out, {name} will not miss them; a little lemon lifts the {food} instead.

- I have to give a talk about {town} on {day} and I am nervous.
> That is normal. How long should the talk about {town} last?
- {n} minutes, in front of {name}'s class.
> For {n} minutes prepare three points and one story. Which picture of {town} do you like best?
- The {colour} houses at the harbour.
> Open with the {colour} houses, and let the class guess who lives there before you tell them.
- And if I forget my words?
> Pause, look at the {colour} houses on your slide, and go on; {name} will think it was planned.

- Can you recommend a present for {name}, who turns {n} on {day}?
> Surely. Is {name} more of an outdoor person, or somebody who likes a quiet {day}?
- Quiet. The colour {colour} is a must.
> Then a {colour} blanket or a {colour} teapot would suit a person of {n}.
- Something to do with {food}?
> A cookbook about {food}, wrapped in {colour} paper, joins both ideas.
- Perfect. Where would I find it?
> The small shops around the square of {town} are open until {h} on {day}.

- How do I get from {town} to the coast on {day} with a {device} in my luggage?
> By bus number {n} from {town}; a {device} travels free when it is packed in a case.
- Does it run early?
> The first one leaves at {h}, and on {day} every second one goes to the coast.
- {name} will join me later.
> Tell {name} to look for the {colour} sign; the later buses stop on the other side.

- I am painting {n} chairs for {name}. Is {colour} a good choice for a room in {town}?
> {colour_start} works well where there is little sun. How old are the {n} chairs?
- About {h} years, and varnished.
> After {h} years the varnish is hard: sand all {n} chairs first, or the {colour} will not hold.
- I have only {day} for that.
> One {day} is enough for sanding {n} chairs; leave the {colour} coat for the next day.
"""
"""Scenes apart by a blank line: `-` is the person, `>` the assistant; a line that begins otherwise goes on."""

_ROLES = {"-": "user", ">": "assistant"}
_DEVICES = ("radio", "router", "printer", "camera", "kettle", "telescope", "drone", "lamp", "tablet", "sewing machine")
_COLOURS = ("green", "scarlet", "ochre", "violet", "white", "turquoise", "grey", "amber", "navy", "pink")
_FOODS = (
    "spinach",
    "chickpeas",
    "peanuts",
    "leeks",
    "goat cheese",
    "mushrooms",
    "lentils",
    "celery",
    "beetroot",
    "fennel",
)


def dialogue(rng: Random) -> Turns:
    """A conversation that ends with the assistant."""
    colour = rng.choice(_COLOURS)
    words = {
        "n": rng.randint(3, 48),
        "h": rng.randint(5, 22),
        "day": rng.choice(DAYS),
        "town": rng.choice(TOWNS),
        "name": rng.choice(NAMES),
        "device": rng.choice(_DEVICES),
        "colour": colour,
        "colour_start": colour.capitalize(),
        "food": rng.choice(_FOODS),
    }
    exchanges = rng.choice((1, 2, 2, 3, 3, 4))
    return [(role, text.format(**words)) for role, text in rng.choice(_scenes())[: 2 * exchanges]]


@cache
def _scenes() -> tuple[Turns, ...]:
    return tuple(_turns(block) for block in _SCRIPT.split("\n\n"))


def _turns(block: str) -> Turns:
    turns: Turns = []
    for line in block.splitlines():
        if line[0] in _ROLES:
            turns.append((_ROLES[line[0]], line[2:]))
        else:
            role, text = turns[-1]
            turns[-1] = (role, f"{text} {line.strip()}")
    return turns
