"""Words by category, no word in two, with what is known of them: plurals, and which categories overlap."""

from __future__ import annotations

_LISTS = {
    "animal": "lion tiger elephant giraffe zebra monkey rabbit squirrel horse cow pig goat donkey camel "
    "kangaroo fox wolf bear otter beaver badger hedgehog hamster lizard snake crocodile tortoise frog "
    "leopard cheetah panda koala gorilla antelope raccoon weasel",
    "bird": "sparrow eagle hawk owl pigeon seagull penguin ostrich flamingo peacock parrot canary raven "
    "crow magpie swan pelican woodpecker hummingbird pheasant falcon vulture nightingale toucan heron stork",
    "fish": "trout tuna cod haddock herring mackerel sardine anchovy carp eel halibut piranha swordfish "
    "catfish goldfish tilapia sturgeon barracuda stingray minnow guppy flounder",
    "sea creature": "whale dolphin octopus squid crab lobster shrimp jellyfish starfish walrus oyster clam "
    "mussel seahorse prawn barnacle",
    "insect": "beetle ant wasp bee butterfly moth mosquito grasshopper dragonfly termite cockroach ladybird "
    "flea hornet locust earwig firefly aphid bumblebee mayfly cicada",
    "fruit": "apple banana cherry grape lemon mango peach pear plum strawberry raspberry blueberry "
    "pineapple papaya melon watermelon apricot grapefruit pomegranate nectarine tangerine cranberry coconut "
    "guava fig",
    "vegetable": "carrot potato onion cabbage broccoli spinach cucumber lettuce celery radish turnip leek "
    "parsnip asparagus cauliflower zucchini aubergine pumpkin beetroot artichoke kale",
    "colour": "red blue green yellow purple pink brown grey white black crimson beige maroon indigo magenta "
    "scarlet teal mauve cyan azure",
    "tool": "hammer screwdriver wrench chisel drill spanner axe shovel rake hoe crowbar mallet sickle "
    "scythe hacksaw trowel sander chainsaw pickaxe hatchet pitchfork wheelbarrow spade",
    "piece of clothing": "shirt skirt jacket coat sweater sock glove scarf dress blouse cardigan hoodie "
    "shoe belt vest mitten waistcoat jumper raincoat nightgown swimsuit kilt apron",
    "hat": "beret fedora bonnet sombrero trilby beanie fez stetson cap tricorn homburg boater deerstalker "
    "cloche skullcap sunhat mortarboard turban",
    "body part": "arm leg hand foot knee elbow shoulder ankle wrist finger thumb toe nose ear eye mouth "
    "chin cheek neck tongue forehead stomach hip heel eyebrow",
    "job": "teacher doctor nurse lawyer baker butcher plumber carpenter farmer pilot dentist engineer "
    "accountant librarian journalist electrician firefighter architect florist hairdresser mechanic tailor "
    "waiter surgeon judge barber",
    "musical instrument": "piano violin guitar flute drum trumpet clarinet cello harp saxophone trombone "
    "oboe tuba banjo accordion ukulele harmonica xylophone bassoon mandolin viola piccolo tambourine bugle",
    "piece of furniture": "table chair sofa desk wardrobe bookcase cupboard armchair stool bench dresser "
    "bookshelf couch nightstand recliner ottoman sideboard futon footstool headboard cabinet",
    "vehicle": "car bus truck bicycle motorcycle train tram van lorry taxi tractor scooter helicopter "
    "submarine ferry ambulance minibus limousine bulldozer yacht canoe kayak airplane",
    "drink": "tea coffee milk juice lemonade beer wine cocoa cider whisky vodka rum gin cola champagne "
    "espresso cappuccino smoothie milkshake brandy tequila",
    "sport": "football basketball tennis golf rugby hockey cricket badminton volleyball baseball skiing "
    "boxing wrestling fencing archery rowing cycling gymnastics judo karate surfing",
    "tree": "oak maple birch pine willow elm beech cedar spruce poplar sycamore hawthorn sequoia eucalyptus "
    "acacia larch juniper redwood cypress baobab alder hornbeam yew",
    "flower": "rose tulip daisy lily daffodil sunflower orchid carnation poppy marigold hyacinth peony "
    "pansy dahlia geranium chrysanthemum begonia snowdrop primrose crocus hydrangea petunia buttercup",
    "metal": "iron gold silver copper tin lead zinc nickel aluminium titanium platinum bronze brass steel "
    "tungsten chromium cobalt magnesium lithium uranium palladium",
    "gem": "diamond ruby emerald sapphire topaz amethyst opal garnet aquamarine jade pearl onyx peridot "
    "citrine tourmaline zircon moonstone jasper agate",
    "language": "English French Spanish German Italian Portuguese Russian Japanese Korean Arabic Hindi "
    "Turkish Polish Dutch Swedish Greek Finnish Hungarian Czech Swahili Bengali Welsh Vietnamese",
    "country": "France Spain Germany Italy Portugal Japan Canada Brazil Mexico Egypt Kenya India Norway "
    "Sweden Finland Poland Greece Austria Ireland Argentina Peru Morocco Nigeria Vietnam Thailand Denmark "
    "Belgium Australia Iceland Ethiopia",
    "city": "Paris London Madrid Berlin Rome Lisbon Tokyo Moscow Cairo Nairobi Toronto Chicago Boston "
    "Vienna Prague Warsaw Athens Dublin Oslo Stockholm Helsinki Budapest Brussels Mumbai Beijing Seoul "
    "Sydney Milan Hamburg Barcelona Istanbul Bangkok Seattle",
    "room": "kitchen bathroom bedroom attic cellar pantry hallway lounge basement ballroom playroom sunroom "
    "cloakroom storeroom guestroom washroom darkroom boardroom",
    "family member": "mother father sister brother aunt uncle cousin grandmother grandfather nephew niece "
    "son daughter husband wife grandson granddaughter stepmother stepfather stepbrother stepsister",
    "emotion": "joy anger sadness fear happiness jealousy envy pride shame guilt disgust grief hope "
    "loneliness excitement anxiety boredom gratitude frustration sorrow delight",
    "kind of weather": "rain snow fog hail thunder lightning drizzle sunshine storm hurricane tornado "
    "blizzard mist sleet breeze frost wind typhoon heatwave downpour",
    "month": "January February March April May June July August September October November December",
    "day of the week": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "school subject": "mathematics history geography biology chemistry physics algebra literature economics "
    "philosophy psychology sociology geometry astronomy statistics calculus botany civics",
    "kitchen utensil": "fork spoon knife plate bowl mug saucepan kettle spatula ladle whisk colander sieve "
    "grater teapot toaster blender corkscrew teaspoon saucer peeler",
    "building": "house church castle hospital school library museum hotel factory temple cathedral mosque "
    "synagogue palace skyscraper lighthouse barn warehouse cottage theatre stadium prison supermarket",
    "shape": "circle square triangle rectangle oval pentagon hexagon octagon cube sphere cone cylinder "
    "ellipse trapezoid rhombus parallelogram heptagon prism semicircle",
    "dance": "waltz tango ballet samba rumba foxtrot polka flamenco jive mambo quickstep lambada bolero "
    "minuet mazurka charleston breakdance",
    "material": "cotton silk leather plastic glass wood paper rubber linen concrete cardboard velvet denim "
    "ceramic nylon polyester porcelain clay suede plywood",
    "spice": "cinnamon nutmeg ginger turmeric paprika saffron cumin cardamom coriander clove aniseed "
    "fenugreek sumac allspice peppercorn cayenne",
    "herb": "basil parsley thyme oregano rosemary dill mint sage tarragon chives marjoram lovage chervil "
    "sorrel lemongrass",
    "dog breed": "poodle labrador bulldog beagle dachshund chihuahua rottweiler greyhound collie spaniel "
    "terrier dalmatian pug husky whippet mastiff corgi pomeranian schnauzer bloodhound retriever",
    "planet": "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune",
    "dinosaur": "stegosaurus triceratops velociraptor brachiosaurus diplodocus allosaurus tyrannosaurus "
    "iguanodon ankylosaurus spinosaurus apatosaurus megalosaurus gallimimus deinonychus parasaurolophus "
    "oviraptor carnotaurus compsognathus baryonyx",
    "dessert": "cake pudding brownie cheesecake tiramisu trifle cupcake sorbet custard muffin doughnut "
    "pavlova meringue eclair gelato crumble pie cookie",
    "cheese": "cheddar brie gouda mozzarella feta parmesan camembert gorgonzola ricotta emmental gruyere "
    "roquefort stilton halloumi edam manchego",
    "kind of pasta": "spaghetti macaroni penne lasagna ravioli fusilli tagliatelle linguine vermicelli "
    "farfalle rigatoni fettuccine tortellini cannelloni orzo",
    "currency": "dollar euro yen peso rupee franc krona ruble dinar shekel baht zloty forint lira dirham "
    "rand",
    "Greek god": "Zeus Hera Apollo Athena Poseidon Hades Hermes Artemis Dionysus Ares Aphrodite Hephaestus "
    "Demeter Hestia Eros",
    "river": "Nile Amazon Danube Thames Rhine Seine Volga Ganges Mississippi Yangtze Mekong Tigris "
    "Euphrates Indus Zambezi Elbe Loire",
    "piece of stationery": "pencil pen eraser ruler notebook stapler envelope crayon sharpener paperclip "
    "highlighter folder marker binder",
}
CATEGORIES = {name: tuple(words.split()) for name, words in _LISTS.items()}
"""Words by the name of their category."""
CATEGORY_OF = {word: name for name, words in CATEGORIES.items() for word in words}
"""The category of each word."""
REPORT_CATEGORIES = ("insect", "gem", "dance")
"""Categories that only tasks to report ask for."""
SELECTION_CATEGORIES = ("dessert",)
"""Categories that only tasks to select by ask for."""
UNTRAINED = frozenset((*REPORT_CATEGORIES, *SELECTION_CATEGORIES))

_GROUPS = (
    ("animal", "bird", "fish", "sea creature", "insect", "dog breed", "dinosaur"),
    ("fruit", "vegetable", "herb", "spice"),
    ("piece of clothing", "hat"),
    ("colour", "metal", "gem", "material"),
    ("tool", "kitchen utensil", "piece of stationery"),
    ("planet", "Greek god"),
    ("room", "building"),
    ("tree", "flower", "herb", "spice", "fruit"),
    ("job", "family member"),
    ("dessert", "drink", "fruit"),
    ("colour", "fruit", "flower"),
    ("sport", "dance"),
    ("tree", "material"),
    ("animal", "dessert"),
)
NEAR = {
    name: frozenset(other for group in _GROUPS if name in group for other in group if other != name)
    for name in CATEGORIES
}
"""Categories that something of a category may belong to as well, so that the two are kept apart."""
_COUNTABLE = (
    "animal, bird, insect, tool, piece of clothing, body part, job, musical instrument, piece of furniture, "
    "vehicle, flower, room, family member, kitchen utensil, building, shape, dog breed, piece of stationery"
).split(", ")
_IRREGULAR = {
    "wolf": "wolves",
    "foot": "feet",
    "scarf": "scarves",
    "bookshelf": "bookshelves",
    "wife": "wives",
    "knife": "knives",
    "stomach": "stomachs",
    "rhombus": "rhombuses",
    "crocus": "crocuses",
}
_TWO_PLURALS = {"flamingo", "mosquito", "piccolo", "cactus"}


def article(text: str) -> str:
    """The text after `a` or `an`."""
    return f"{'an' if text[0].lower() in 'aeio' else 'a'} {text}"


def category_plural(name: str) -> str:
    """The plural of a category's name."""
    head, of, rest = name.partition(" of ")
    if name == "fish":
        return "fish"
    return (
        f"{head[:-1]}ies" + of + rest
        if head[-1] == "y" and head[-2] not in "aeo"
        else f"{_with_s(head)}{of}{rest}"
    )


def plural(word: str) -> str | None:
    """The plural of a word of a category; none where it has none, or two."""
    if CATEGORY_OF.get(word) not in _COUNTABLE or word in _TWO_PLURALS:
        return None
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return word[:-1] + "ies" if word[-1] == "y" and word[-2] not in "aeo" else _with_s(word)


def _with_s(word: str) -> str:
    return f"{word}{'es' if word.endswith(('s', 'x', 'z', 'ch', 'sh')) else 's'}"
