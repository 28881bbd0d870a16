"""Tables of well-known facts."""

COUNTRIES = tuple(
    tuple(line.split(", "))
    for line in """\
Algeria, Algiers, Africa
Argentina, Buenos Aires, South America
Australia, Canberra, Oceania
Austria, Vienna, Europe
Bangladesh, Dhaka, Asia
Belgium, Brussels, Europe
Botswana, Gaborone, Africa
Brazil, Brasília, South America
Bulgaria, Sofia, Europe
Canada, Ottawa, North America
Chile, Santiago, South America
Colombia, Bogotá, South America
Croatia, Zagreb, Europe
Cuba, Havana, North America
Denmark, Copenhagen, Europe
Ecuador, Quito, South America
Estonia, Tallinn, Europe
Ethiopia, Addis Ababa, Africa
Fiji, Suva, Oceania
Finland, Helsinki, Europe
France, Paris, Europe
Germany, Berlin, Europe
Ghana, Accra, Africa
Greece, Athens, Europe
Hungary, Budapest, Europe
Iceland, Reykjavík, Europe
India, New Delhi, Asia
Iraq, Baghdad, Asia
Ireland, Dublin, Europe
Italy, Rome, Europe
Japan, Tokyo, Asia
Jordan, Amman, Asia
Kenya, Nairobi, Africa
Latvia, Riga, Europe
Lithuania, Vilnius, Europe
Madagascar, Antananarivo, Africa
Mongolia, Ulaanbaatar, Asia
Morocco, Rabat, Africa
Namibia, Windhoek, Africa
Nepal, Kathmandu, Asia
Norway, Oslo, Europe
Oman, Muscat, Asia
Paraguay, Asunción, South America
Peru, Lima, South America
Poland, Warsaw, Europe
Portugal, Lisbon, Europe
Qatar, Doha, Asia
Romania, Bucharest, Europe
Rwanda, Kigali, Africa
Senegal, Dakar, Africa
Slovenia, Ljubljana, Europe
Spain, Madrid, Europe
Sweden, Stockholm, Europe
Thailand, Bangkok, Asia
Tunisia, Tunis, Africa
Uganda, Kampala, Africa
Uruguay, Montevideo, South America
Vietnam, Hanoi, Asia
Zambia, Lusaka, Africa
Zimbabwe, Harare, Africa""".splitlines()
)
"""Country, capital, continent."""

_ELEMENTS = (
    "1 H hydrogen,2 He helium,3 Li lithium,4 Be beryllium,5 B boron,6 C carbon,7 N nitrogen,8 O oxygen,9 F fluorine,"
    "10 Ne neon,11 Na sodium,12 Mg magnesium,13 Al aluminium,14 Si silicon,15 P phosphorus,16 S sulfur,17 Cl chlorine,"
    "18 Ar argon,19 K potassium,20 Ca calcium,21 Sc scandium,22 Ti titanium,23 V vanadium,24 Cr chromium,"
    "25 Mn manganese,26 Fe iron,27 Co cobalt,28 Ni nickel,29 Cu copper,30 Zn zinc,35 Br bromine,36 Kr krypton,"
    "47 Ag silver,50 Sn tin,53 I iodine,54 Xe xenon,56 Ba barium,74 W tungsten,78 Pt platinum,79 Au gold,80 Hg mercury,"
    "82 Pb lead,83 Bi bismuth,86 Rn radon,92 U uranium"
)
ELEMENTS = tuple(tuple(each.split()) for each in _ELEMENTS.split(","))
"""Atomic number, symbol, name."""

_ANIMALS = (
    "horse mammal foal,cow mammal calf,sheep mammal lamb,goat mammal kid,dog mammal puppy,cat mammal kitten,"
    "lion mammal cub,kangaroo mammal joey,hare mammal leveret,deer mammal fawn,seal mammal pup,swan bird cygnet,"
    "goose bird gosling,duck bird duckling,eagle bird eaglet,owl bird owlet,hen bird chick,"
    "frog amphibian tadpole,butterfly insect caterpillar,spider arachnid spiderling,turtle reptile hatchling,"
    "pigeon bird squab,pig mammal piglet,whale mammal calf,bear mammal cub,hedgehog mammal hoglet"
)
ANIMALS = tuple(tuple(each.split()) for each in _ANIMALS.split(","))
"""Animal, class, name of its young."""

_OPPOSITES = (
    "hot cold,early late,brave cowardly,ancient modern,empty full,rough smooth,generous stingy,shallow deep,"
    "narrow wide,loud quiet,bitter sweet,heavy light,arrive depart,accept refuse,expand contract,"
    "victory defeat,increase decrease,"
    "visible hidden,rare common,temporary permanent,polite rude,import export,inner outer,major minor,sharp blunt,"
    "fresh stale,guilty innocent,buy sell,lend borrow,north south,wet dry,tame wild"
)
OPPOSITES = tuple(tuple(each.split()) for each in _OPPOSITES.split(","))
"""Pairs of words of opposite meaning."""

UNITS = (
    ("hours", 60, "minutes"), ("kilometres", 1000, "metres"), ("dozens", 12, "single pieces"), ("weeks", 7, "days"),
    ("feet", 12, "inches"), ("yards", 3, "feet"), ("kilograms", 1000, "grams"), ("centuries", 100, "years"),
    ("days", 24, "hours"), ("litres", 10, "decilitres"), ("metres", 100, "centimetres"), ("minutes", 60, "seconds"),
    ("decades", 10, "years"), ("tonnes", 1000, "kilograms"),
)  # fmt: skip
"""Larger unit, factor, smaller unit."""
