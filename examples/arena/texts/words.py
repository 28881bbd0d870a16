"""Words that several writers share."""

NAMES = (
    "Ada", "Bruno", "Chidi", "Dagny", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kavya", "Liam", "Mårten",
    "Nadia", "Omar", "Priya", "Quentin", "Rosa", "Sana", "Tomasz", "Uma", "Viktor", "Wanda", "Xenia", "Yusuf", "Zoë",
    "Anaïs", "Björn", "Clara", "Dmitri", "Esther", "Finn", "Hana", "Ivo", "Jelena", "Kofi", "Lucía", "Milan", "Noor",
    "Odile",
)  # fmt: skip
"""First names, some with letters outside ASCII on purpose."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

TOWNS = (
    "Aldermoor", "Brightwater", "Coldharbour", "Dunmere", "Eastwick", "Fernhollow", "Greystone", "Highfield",
    "Ivybridge", "Juniper Bay", "Kestrel Point", "Larkrise", "Millbrook", "Northgate", "Oakhaven", "Pinewood",
    "Quarry Hill", "Riverside", "Stonebridge", "Thornbury",
)  # fmt: skip
"""Places of stories and conversations."""


def listed(items: list[str] | tuple[str, ...]) -> str:
    """The items as running text: `a`, `a and b`, `a, b and c`."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def with_article(noun: str) -> str:
    """The noun with `a` or `an`, by its first letter."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
