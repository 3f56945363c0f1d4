"""Everyday prompts on which behaviours are trained.

The prompts are what people type to a chat assistant: questions of fact, how-tos, advice, small talk,
requests for a short text, plain statements, fragments. None asks for a form, tone or language of the
answer, since descriptions add these. Some stand whole in `_WHOLE_PROMPTS`; the rest fill the templates of
`_KINDS`, each with a sample of its contents.

Long because it is lists of texts.
"""

from __future__ import annotations

import random
from functools import cache

from zhyper.data.steering._text import capitalised, lines

_PER_TEMPLATE = 17
"""The most prompts that one template gives."""
_CASUAL = 0.1
"""The share of template prompts that are written in lower case without final punctuation."""


def _items(text: str) -> tuple[str, ...]:
    """The contents of a list, separated by commas."""
    return tuple(" ".join(item.split()) for item in text.split(",") if item.strip())


_COUNTRIES = _items("""
France, Japan, Brazil, Canada, Egypt, Norway, Kenya, Peru, Portugal, Thailand, Greece, Mexico, Australia,
Iceland, Morocco, Italy, Vietnam, Argentina, Ireland, Poland, New Zealand, Indonesia, Finland, Chile,
Austria, Hungary, Nepal, Jamaica, Mongolia, Switzerland, Spain, South Korea, Denmark, Colombia, Tanzania,
Croatia
""")
_CITIES = _items("""
Rome, Lisbon, Kyoto, Barcelona, Vienna, Prague, Istanbul, Edinburgh, Copenhagen, Amsterdam, Marrakesh,
Bangkok, Singapore, Cape Town, Buenos Aires, New Orleans, Montreal, Berlin, Athens, Florence, Seville,
Dublin, Stockholm, Budapest, Krakow, Melbourne, Vancouver, San Francisco, Hanoi, Porto, Naples, Chicago
""")
_ANIMALS = _items("""
cats, dolphins, owls, elephants, bees, octopuses, penguins, wolves, spiders, bats, horses, sharks, turtles,
ants, foxes, crows, kangaroos, whales, hedgehogs, parrots, frogs, butterflies, squirrels, giraffes, otters,
salmon, eagles, snails, camels, rabbits, polar bears, chameleons, fireflies, jellyfish, beavers, sloths
""")
_FOODS = _items("""
pancakes, lentil soup, fried rice, banana bread, pesto, scrambled eggs, guacamole, tomato sauce, chicken
curry, hummus, apple pie, potato salad, chili, French onion soup, oatmeal cookies, a Greek salad, lasagna, a
vegetable stir-fry, risotto, pizza dough, roast potatoes, cheesecake, falafel, ramen, a mushroom omelette,
brownies, garlic bread, pumpkin soup, tacos, meatballs, pad thai, macaroni and cheese, strawberry jam,
lemonade, iced tea, granola
""")
_INGREDIENTS = _items("""
chickpeas, sweet potatoes, leftover rice, a can of tuna, ripe bananas, zucchini, spinach, eggs, tofu, stale
bread, mushrooms, cabbage, red lentils, ground beef, cauliflower, carrots, cherry tomatoes, cooked pasta,
yogurt, apples, chicken thighs, frozen peas, leeks, black beans, salmon, pumpkin, eggplant, potatoes
""")
_CONCEPTS = _items("""
gravity, photosynthesis, inflation, evolution, electricity, compound interest, magnetism, the water cycle,
black holes, the food chain, machine learning, the greenhouse effect, probability, plate tectonics, the
immune system, friction, supply and demand, natural selection, sound waves, nuclear fusion, fractions,
relativity, cloud computing, encryption, tides, the solar system, osmosis, fermentation, insurance,
mortgages, atoms, DNA, the Internet, Wi-Fi, GPS, vaccines
""")
_TERMS = _items("""
metaphor, ecosystem, algorithm, mortgage, nebula, haiku, placebo, isotope, peninsula, irony, catalyst,
glacier, sonnet, monopoly, fossil, enzyme, paradox, budget deficit, leap year, prime number, solstice,
synonym, carbohydrate, browser cookie, firewall, vitamin, comet, hypothesis, proverb, dividend, warranty,
limerick, marsupial, watershed, symphony, telescope
""")
_EXAMPLES = _items("""
metaphor, placebo, peninsula, catalyst, sonnet, monopoly, paradox, prime number, synonym, carbohydrate,
proverb, palindrome, marsupial, symphony, fable, pun, mammal, simile, rhetorical question, renewable
resource, root vegetable
""")
_WORDS = _items("""
happy, serene, ambiguous, brave, resilient, stubborn, clever, gloomy, enormous, tiny, diligent, frugal,
candid, eloquent, nostalgic, reluctant, vivid, tedious, generous, fragile, peculiar, abundant, cautious,
sincere, meticulous, obsolete, spontaneous, whimsical, humble, ancient, eager, trivial
""")
_HARD_WORDS = _items("""
necessary, accommodate, rhythm, separate, definitely, embarrass, occurrence, conscience, maintenance,
privilege, questionnaire, restaurant, vacuum, millennium, broccoli, calendar, colleague, bureaucracy,
lieutenant, pneumonia, recommend, liaison
""")
_IDIOMS = _items("""
break the ice, spill the beans, a piece of cake, bite the bullet, under the weather, hit the sack, once in a
blue moon, cost an arm and a leg, the ball is in your court, burn the midnight oil, let the cat out of the
bag, on cloud nine, pull someone's leg, the last straw, a blessing in disguise, cut corners, miss the boat,
beat around the bush, the best of both worlds, speak of the devil, get out of hand, go the extra mile, sit
on the fence, call it a day
""")
_CONFUSED = _items("""
affect and effect, their and there, its and it's, fewer and less, who and whom, lay and lie, then and than,
weather and whether, principal and principle, advice and advise, borrow and lend, complement and compliment,
bring and take, farther and further, stationary and stationery, lose and loose, historic and historical,
e.g. and i.e.
""")
_WHY = lines("""
is the sky blue
do cats purr
do leaves change color in autumn
does bread rise
do we dream
is the sea salty
do onions make you cry
do we yawn
does ice float
do birds fly south in winter
do stars twinkle
does metal feel colder than wood
do zebras have stripes
does the moon have phases
do we get goosebumps
does popcorn pop
do flamingos stand on one leg
does hair turn gray
do dogs wag their tails
is yawning contagious
does soap remove grease
do fingers wrinkle in water
do we have leap years
do mosquito bites itch
does thunder come after lightning
do some people snore
are bubbles round
does chocolate melt in the hand
do roosters crow in the morning
are sunsets red
do planes leave white trails
do cut apples turn brown
does time seem to fly when we are having fun
are there time zones
do songs get stuck in our heads
do we need sleep
is Venus hotter than Mercury
do cows have four stomach chambers
does salt melt ice
is a tennis ball fuzzy
""")
_HOME_TASKS = lines("""
fix a dripping faucet
unclog a kitchen sink
remove a red wine stain from a carpet
patch a small hole in a wall
get rid of fruit flies
clean a burnt pan
sharpen a kitchen knife
hang a heavy mirror
stop a door from squeaking
fold a fitted sheet
clean an oven without harsh chemicals
get candle wax out of a tablecloth
paint a room without streaks
remove limescale from a kettle
change a bicycle tire
sew on a button
unstick a zipper
assemble a bookshelf on my own
get a bad smell out of the fridge
wash a wool sweater
replace a light switch cover
keep moths out of a closet
clean white sneakers
make a small room look bigger
fix a wobbly chair
seal a drafty window
polish silver
organize a messy closet
remove a stripped screw
clean a mattress
""")
_COMPUTER_TASKS = lines("""
free up space on my phone
speed up an old laptop
take a screenshot
back up my photos
make a strong password
connect a printer to Wi-Fi
sort a column in a spreadsheet
recover a deleted file
improve the Wi-Fi signal in my bedroom
merge two PDF files
clean a keyboard
make my phone battery last longer
block annoying pop-ups
learn to type faster
reverse a string in Python
write a for loop
rename many files at once
mute notifications at night
transfer contacts to a new phone
undo the last commit in Git
freeze the top row of a spreadsheet
make text bigger on my screen
spot a phishing e-mail
cancel an e-mail I just sent
""")
_GARDEN_TASKS = lines("""
grow tomatoes on a balcony
prune a rose bush
keep slugs away from lettuce
start a compost heap
repot a cactus
save a dying basil plant
plant tulip bulbs
grow an avocado from a seed
attract butterflies to a garden
water my plants during a long vacation
get rid of dandelions
trim a hedge straight
propagate a spider plant
grow mushrooms at home
fertilize a lawn
care for an orchid
build a raised bed
dry fresh herbs
protect plants from frost
choose plants for a shady corner
""")
_COOK_TASKS = lines("""
poach an egg
cook rice that is not sticky
ripen an avocado quickly
keep pasta from sticking together
peel garlic fast
thicken a sauce
store fresh herbs
make coffee without a machine
tell whether an egg is still fresh
caramelize onions
bake bread without yeast
chop an onion without crying
fix a soup that is too salty
melt chocolate without burning it
roast a whole chicken
whip cream by hand
make vegetable broth from scraps
season a cast-iron pan
cook a steak medium rare
freeze leftover soup
""")
_SKILLS = _items("""
play the guitar, swim, draw faces, juggle, speak in public, knit, cook, dance salsa, play chess, take better
photos, write short stories, read faster, remember names, touch-type, bake bread, sing, meditate, code, play
the piano, skate, whistle, surf, do a handstand, identify birds
""")
_HABITS = lines("""
wake up earlier
drink more water
stop procrastinating
spend less time on my phone
save more money
exercise regularly
eat more vegetables
fall asleep faster
stop biting my nails
read more books
keep my desk tidy
stop snacking late at night
remember people's names
be more patient
be on time
spend less on takeout
sit up straighter at work
cook more at home
cut down on sugar
say no more often
stay focused while studying
worry less about small things
keep in touch with old friends
stop comparing myself with others
walk more every day
stick to a budget
""")
_SITUATIONS = lines("""
My coworker keeps interrupting me in meetings.
My best friend forgot my birthday.
I have a job interview coming up and I am nervous.
My roommate never does the dishes.
I can't decide between two job offers.
My boss never gives me any feedback.
I have two exams on the same day.
My neighbor plays loud music late at night.
I lent a friend money and he has not paid it back.
I was invited to a wedding where I know nobody.
My sister and I had an argument.
I want to ask for a raise.
I made a mistake at work and nobody has noticed yet.
I feel too tired to study in the evening.
I just moved to a new town and have no friends here.
My cat wakes me up at five every morning.
My teenage son spends all day in his room.
I always spend my whole salary before the month is over.
I have to give a toast and I hate public speaking.
My dog is afraid of thunderstorms.
A friend asked me to be honest about her terrible haircut.
I keep forgetting where I put my keys.
My group project partner does no work.
I promised to help two people at the same time.
My desk job makes my back sore.
I have a long train ride ahead and nothing to read.
""")
_FEELINGS = lines("""
nervous about my driving test
lonely since I moved
proud of finishing my first race
homesick
overwhelmed with work
excited about my trip
sad because my old dog died
bored on rainy Sundays
jealous of my friend's new job
grateful for my neighbors
tired even though I slept well
anxious before every meeting
disappointed with my grade
happy for no reason
stuck in my career
embarrassed about what I said at dinner
restless tonight
hopeful about the new year
annoyed with my slow computer
guilty about missing my friend's party
shy around new people
curious about everything lately
unmotivated this week
relieved that the exam is over
""")
_STATEMENTS = lines("""
I just got a puppy.
My train is late again.
I baked my first loaf of bread.
It has been raining all day.
I finally finished that puzzle.
My phone fell into the sink.
We are moving to a new apartment.
I found an old photo album in the attic.
I passed my math exam!
My tomatoes are finally ripe.
I forgot my umbrella at the office.
My daughter lost her first tooth.
I am learning to play the ukulele.
The coffee machine at work is broken.
I saw a fox in my garden this morning.
My flight was canceled.
I have been awake since four.
We adopted a cat from the shelter.
I ran five kilometers without stopping.
I burned dinner.
My grandmother turns ninety soon.
I can't find my glasses.
The neighbors got a trampoline.
I bought a bicycle at a flea market.
I am on a long bus ride.
My team won last night.
I just finished a really sad novel.
I have never seen snow.
My sourdough starter died.
I got a haircut and I hate it.
I am sitting by the sea right now.
The power went out for three hours.
My brother is getting married.
I started a new job on Monday.
I think my plant is dying.
I love the smell after rain.
I am having soup for lunch.
I dropped my ice cream.
There is a spider in my bathtub.
I quit drinking coffee.
I can hear the neighbors singing.
My laptop makes a strange noise.
I won a small prize in a raffle.
I have a day off and no plans.
The bakery was out of croissants.
I missed the last bus.
My son wants to become an astronaut.
I planted an apple tree.
I slept through my alarm.
I am wearing two different socks.
""")
_TRUE_FALSE = lines("""
bats are blind
goldfish have a memory of three seconds
the Great Wall of China can be seen from the Moon
lightning never strikes the same place twice
water boils at a lower temperature on mountains
bananas are berries
humans use only ten percent of their brains
a tomato is a fruit
sharks are mammals
Mount Everest is the highest mountain on Earth
honey never spoils
penguins can fly
sound travels faster than light
an octopus has three hearts
the Sun is a star
carrots improve your eyesight
glass is made from sand
camels store water in their humps
Mars has two moons
spiders are insects
hot water can freeze faster than cold water
cracking your knuckles causes arthritis
the Pacific is the largest ocean
bulls get angry at the color red
ostriches bury their heads in the sand
diamonds are made of carbon
koalas are bears
Iceland is covered mostly by ice
""")
_PAIRS = _items("""
a laptop or a tablet, a gas stove or an electric stove, butter or margarine, a hybrid car or an electric
car, a cat or a dog, an e-reader or paper books, a tent or a camper van, wool or cotton socks, a hotel or a
vacation rental, a drip coffee maker or a French press, a road bike or a mountain bike, a real or an
artificial Christmas tree, a backpack or a suitcase, a standing desk or a better chair, running outdoors or
a treadmill, tea or coffee, a gym membership or home weights, wooden floors or carpet, a big party or a
small dinner, LED or halogen bulbs, a fountain pen or a ballpoint, a used car or a new car, brown rice or
white rice, an acoustic or an electric guitar, a smartwatch or a regular watch, cow's milk or oat milk, a
ceramic knife or a steel knife, the train or the plane
""")
_PRODUCTS = _items("""
a mattress, a used car, a bicycle, a laptop for school, running shoes, a winter coat, a vacuum cleaner,
headphones, a coffee grinder, a tent, a sewing machine, a digital piano, an office chair, a frying pan, a
telescope for beginners, a blender, a suitcase, a dog bed, hiking boots, a washing machine, a camera, a desk
lamp, a rain jacket, a sofa
""")
_GENRES = _items("""
science fiction, mystery, fantasy, historical fiction, romance, adventure, horror, biography, popular
science, travel writing, satire, crime, coming-of-age, magical realism, memoir, detective fiction
""")
_FILMS = _items("""
a rainy evening, a family night, a first date, a long flight, someone who loves space, a sleepover, a lazy
Sunday, people who like heist stories, a fan of animation, a group of old friends, someone who needs a good
cry, kids under ten, a cold winter night, people who love dancing, someone who never watches old movies, a
fan of courtroom drama
""")
_MOODS = _items("""
a long drive, studying, a dinner party, running, cleaning the house, a quiet morning, falling asleep, a
wedding, yoga, a picnic, cooking, a road trip with kids, a rainy afternoon, painting, a workout at home, a
walk in the woods
""")
_GAMERS = _items("""
two players, a family with small kids, a large group, a long train ride, people who dislike competition,
beginners, a camping trip, a birthday party, a rainy weekend, grandparents and grandchildren, people who
love words, a lunch break, six friends, one person, people who like strategy, teenagers
""")
_LISTED = lines("""
rainy-day activities
names for a black cat
fruits that grow on trees
famous inventors
things to take to the beach
healthy snacks
hobbies that cost nothing
mammals that live in the sea
musical instruments with strings
questions to ask on a first date
ways to reuse glass jars
desserts without chocolate
rivers in Europe
jobs for people who love animals
words that rhyme with light
cheap date ideas
classic board games
ways to say thank you
plants that need little light
breakfasts without eggs
things that are round
indoor games for kids
tips for sleeping better
famous paintings
birds that cannot fly
gifts for a teacher
ideas for a school science project
ways to save water at home
topics for small talk
songs for a campfire
names for a bakery
chemical elements that are gases
things to do in the snow
uses for baking soda
islands in the Pacific
spices every kitchen needs
""")
_SUBJECTS = _items("""
the sea, autumn leaves, my grandmother's kitchen, a lost umbrella, the first day of school, a sleepy cat,
the moon, coffee, an old bicycle, a snowy night, friendship, a garden in spring, Monday mornings, a train
journey, the stars, a lighthouse, a forgotten toy, rain on the roof, a busy market, the last slice of cake,
a paper boat, a brave mouse, summer evenings, a broken clock, an empty theater, a road trip, a curious
robot, the smell of bread
""")
_BUSINESSES = _items("""
a small bakery, a bike repair shop, a dog-walking service, a bookstore, a flower shop, a local gym, a coffee
truck, a hair salon, a cat cafe, an ice cream parlor, a language school, a toy store, a plant nursery, a
pizza place, a cleaning company, a yoga studio, a farmers' market, a hiking club, a music school, a shoe
repair shop
""")
_MAILS = lines("""
asking my landlord to fix the heating
thanking a teacher for her help
inviting my neighbors to a barbecue
asking for a day off
apologizing for a late delivery
canceling a gym membership
asking a professor for an extension
congratulating a colleague on a promotion
asking a hotel about parking
returning a pair of shoes that do not fit
introducing myself to a new team
declining a wedding invitation
reminding a client about an unpaid bill
asking a museum about group tickets
telling my team that the meeting has moved
thanking someone for a job interview
asking a neighbor to water my plants
offering to volunteer at an animal shelter
asking the library to renew my books
complaining about a cold pizza
""")
_RECIPIENTS = _items("""
my mom, my best friend, my boss, my grandfather, my little sister, a coworker, my husband, my niece, my
teacher, my neighbor, a friend who loves fishing, my roommate, my aunt, my nephew, my godmother, a friend
who lives far away
""")
_STORIES = lines("""
a dragon who is afraid of fire
two strangers stuck in an elevator
a girl who finds a key in the snow
a baker who can taste memories
a robot who wants to paint
a lighthouse keeper and a whale
a detective who has lost his glasses
a town where nobody sleeps
a boy and his talking goat
an astronaut who misses the rain
a librarian with a secret door
a knight who hates fighting
a cat who runs a hotel
a letter that arrives fifty years late
a clockmaker at the edge of the world
twins who switch places
an old ship that remembers
a violin that plays by itself
""")
_SCENES = _items("""
a lighthouse, a busy train station, a forest after rain, a perfect breakfast, your ideal library, a desert
at night, a street market, an old wooden cabin, a thunderstorm, a beach at sunrise, a waterfall, a medieval
castle, an apple, a snowy village, a jazz club, a haunted house, a coral reef, a grandfather clock, a
spaceship, a tropical island, a farm in the morning, a hot-air balloon, a rose, an elephant
""")
_OPINION_TOPICS = _items("""
pineapple on pizza, working from home, school uniforms, modern art, camping, reality shows, cold showers,
audiobooks, electric scooters, long movies, minimalism, homework, tipping, New Year's resolutions, learning
Latin, fast fashion, small talk, four-day work weeks, tattoos, karaoke, living without a car, zoos, cooking
shows, surprise parties
""")
_FAVORITES = _items("""
season, color, animal, food, book, movie, song, holiday, city, sport, board game, ice cream flavor, time of
day, smell, painting, planet, fairy tale, kind of weather, flower, sandwich, number, breakfast, musical
instrument, word
""")
_KID_QUESTIONS = lines("""
Why can't I stay up all night?
Do fish get thirsty?
Where does the sun go at night?
Why do I have a belly button?
Are dragons real?
How do birds stay up in the air?
Do trees talk to each other?
Why do grown-ups drink coffee?
How many stars are there?
Who invented homework?
Do worms have eyes?
Why is poop brown?
How does the tooth fairy get into my room?
Can a dinosaur beat a lion?
What is under the ground?
Why do I have to brush my teeth?
Can cats see in the dark?
What do clouds feel like?
Why does my tummy rumble?
How do astronauts sleep?
Do snails get lonely?
What is the biggest number?
Why are flamingos pink?
How did the dinosaurs die?
Can you dig a hole to the other side of the world?
Why do we have eyebrows?
Who was the first person ever?
Do bees sleep?
What do fish do all day?
Why can't penguins fly?
Where do rainbows end?
How do whales hold their breath so long?
Why is snow white?
Do animals have best friends?
What happens if I swallow a seed?
Why do I have to share my toys?
""")
_ASSISTANT = lines("""
What can you do?
Are you a person?
Do you ever get tired?
What is your name?
How do you work?
Can you feel emotions?
Do you dream?
Who made you?
Do you like music?
Can you see me?
What are you bad at?
Do you ever make mistakes?
How were you trained?
Do you have a favorite user?
Are you smarter than a human?
Do you remember what I said before?
What would you do if you had a body?
Can you learn from me?
Do you get bored of questions?
Where do you live?
How old are you?
Can you keep a secret?
Do you have friends?
What do you think about all day?
Are you ever wrong?
Can I trust your answers?
Do you have a sense of humor?
what is it like to be an assistant
Would you like to be human?
What makes you different from a search engine?
Do you sleep?
Can you taste food?
Tell me something about yourself.
What do you find hard to explain?
Do you understand me or just guess?
How do you come up with your answers?
""")
_FRAGMENTS = lines("""
coffee
weather tomorrow?
pizza
help
cats or dogs
ideas for dinner
hm
movie night
dinosaurs
gift for dad
sore neck
black holes
quick lunch
best way to learn chess
boiling an egg
sourdough
rainy Sunday
Mozart
knitting for beginners
capital of Mongolia
why though
volcanoes
bedtime story
tea
first date outfit
packing list for a beach week
stuck at home
fun fact
homework help
hiccups
the moon
another one
random question
good names for a goldfish
chess openings
jogging vs. walking
leftover chicken
new hobby
monday again
photosynthesis
mango season
too many e-mails
Roman Empire
squeaky floor
how many ounces in a pound
surprise me
nothing much
birthday cake
houseplants
lost my keys
tips for camping
""")
_SMALL_TALK = lines("""
Hello!
Hi
hey there
Good morning!
Good evening.
How are you?
how are you doing today
What's up?
Good night!
Thanks!
Thank you so much for your help.
I am bored.
Tell me a joke.
Nice to meet you.
Long time no see!
How was your day?
See you later.
Bye!
Happy Friday!
I have a question.
Can we talk?
Are you there?
Guess what happened to me today.
You are funny.
That was very helpful, thank you.
I don't know what to say.
Let's chat for a bit.
Tell me something interesting.
What are you up to?
Have a nice weekend!
Sorry, I was away for a minute.
Cheer me up.
I can't sleep.
Wish me luck!
It's so hot today.
ok cool
lol
What should we talk about?
Happy birthday to me!
I'm back!
Ask me a question.
Tell me a secret.
Make me laugh.
Say something nice to me.
Sweet dreams.
Give me a compliment.
""")
_FACTS = lines("""
Who painted the Mona Lisa?
How many bones does an adult human have?
What is the largest planet in the solar system?
Who wrote Romeo and Juliet?
How long does light from the Sun take to reach the Earth?
What is the longest river in the world?
When did the first people land on the Moon?
Who discovered penicillin?
What is the chemical symbol for gold?
How many players are on a soccer team?
What is the fastest land animal?
Which element makes up most of the air we breathe?
How tall is the Eiffel Tower?
What is the smallest country in the world?
Who invented the telephone?
How many strings does a violin have?
What language is spoken in Brazil?
At what temperature does water freeze?
Who built Machu Picchu?
What is the hottest planet?
How many hearts does an octopus have?
Which country gave the United States the Statue of Liberty?
How often are the Summer Olympics held?
What is a baby kangaroo called?
How deep is the Mariana Trench?
Which ocean lies between Europe and North America?
Who was the first person to fly solo across the Atlantic?
How long is a marathon?
What do pandas eat?
When was the printing press invented in Europe?
How many keys does a piano have?
What is the main ingredient of tofu?
Which planet has the most visible rings?
Who composed the Four Seasons?
What causes a solar eclipse?
How many time zones does Russia have?
What is the hardest natural material?
Who was Cleopatra?
How far away is the Moon?
Why did the Titanic sink?
What are the rules of badminton?
How does offside work in soccer?
How is paper made?
How do submarines dive and surface?
What happened in Pompeii?
Who were the Vikings?
How did people tell time before clocks?
What is the difference between a crocodile and an alligator?
How do vaccines work?
What is the difference between weather and climate?
What did people in ancient Egypt eat?
Which animals hibernate?
How does a microwave oven heat food?
What are the phases of the Moon called?
How many liters of blood are in the human body?
What is the oldest board game we know of?
How is chocolate made?
Where does the word sandwich come from?
""")
_HISTORY = _items("""
the Roman Empire, the Silk Road, the invention of the wheel, the Industrial Revolution, the Renaissance, the
Black Death, the building of the pyramids, the first Olympic Games, the Wright brothers, the gold rush, the
Library of Alexandria, the Apollo program, the history of chess, the history of tea, the Great Fire of
London, the Aztecs, the Vikings, the Bronze Age, the Panama Canal, the Orient Express, the history of bread,
the samurai
""")
_PEOPLE = _items("""
Marie Curie, Leonardo da Vinci, Isaac Newton, Ada Lovelace, Mozart, Frida Kahlo, Charles Darwin, Jane
Austen, Galileo, Amelia Earhart, William Shakespeare, Albert Einstein, Johannes Gutenberg, Hans Christian
Andersen, Marco Polo, Vincent van Gogh, Florence Nightingale, Nikola Tesla, Agatha Christie, Archimedes,
Beethoven, Pele
""")
_SPORTS = _items("""
tennis, basketball, cricket, volleyball, curling, table tennis, rugby, baseball, badminton, ice hockey,
golf, fencing, water polo, judo, archery, handball, rowing, bowling, rock climbing, figure skating
""")
_INVENTIONS = _items("""
a refrigerator, a bicycle, a compass, a camera, an elevator, a toaster, a vacuum cleaner, a thermometer, an
airplane, a battery, a microwave, a touchscreen, a solar panel, a zipper, a steam engine, a light bulb, a
lock, a piano, a hot-air balloon, a wind turbine, a dishwasher, a magnet, a pencil, noise-canceling
headphones
""")
_INVENTED = _items("""
refrigerator, bicycle, compass, camera, elevator, toaster, vacuum cleaner, thermometer, airplane, battery,
microwave oven, zipper, steam engine, light bulb, piano, hot-air balloon, dishwasher, pencil, paper clip,
umbrella, fork, helicopter
""")
_SUMS = _items("""
17 + 26, 9 times 14, 144 divided by 12, 250 minus 87, 15% of 80, half of 370, 7 squared, 3 times 19, 1000 -
365, the square root of 81, 12 x 12, 45 + 78, 20% of 45, 6 times 16, 99 plus 101, 81 divided by 9, a third
of 96, 2 to the power of 10, 5 x 24, 640 / 8, the average of 4 and 10, double 48, 33 + 44, 60% of 150, 13
times 7, 200 minus 56
""")
_UNITS = _items("""
feet are in a mile, grams are in a kilogram, minutes are in a day, ounces are in a pound, cups are in a
liter, centimeters are in an inch, seconds are in an hour, teaspoons are in a tablespoon, weeks are in a
year, meters are in a kilometer, days are in four weeks, pints are in a gallon, inches are in a yard, eggs
are in a dozen, milliliters are in a cup, hours are in a week, degrees are in a circle, sides does a hexagon
have
""")
_CONVERT = _items("""
5 miles to kilometers, 70 degrees Fahrenheit to Celsius, 2 kilograms to pounds, 180 centimeters to feet, 3
hours to minutes, 12 ounces to grams, 10 gallons to liters, 100 kilometers to miles, 350 Fahrenheit to
Celsius, 6 feet to centimeters, 2.5 hours to minutes, 500 grams to ounces, 4 cups to milliliters, 20 inches
to centimeters
""")
_EVENTS = _items("""
a birthday party for a six-year-old, a picnic for two, a surprise party for my dad, a game night with
friends, a garden party, a baby shower, a family reunion, a housewarming party, a dinner for eight, a
farewell party at work, a treasure hunt for kids, a movie night, a beach day, a small wedding, a brunch with
my in-laws, a school fair, a costume party, a barbecue, an anniversary dinner, a book club meeting
""")
_PLANS = _items("""
a weekend in the mountains, a relaxing Sunday, a workout for beginners, a week of simple dinners, a study
week, a road trip along the coast, a day out with toddlers, a morning routine, a spring cleaning, a day
without screens, a month of running, a rainy weekend at home, a camping trip, a 20-minute home workout, a
week of packed lunches, my first garden, a move to a new apartment, a day at the museum, a romantic evening
at home, a stretching routine
""")
_COMPLAINTS = _items("""
My back hurts after work, I never have time for lunch, My hair is always frizzy, The house is always messy,
I keep getting distracted, My plants never survive, I am always cold, I can't get out of bed in the morning,
My shoes smell, I forget everything I read, My bike chain keeps slipping, My bread never rises, My kids hate
vegetables, The washing machine smells musty, My handwriting is awful, I run out of money before payday, My
cookies turn out flat, My guitar won't stay in tune, My glasses keep fogging up, My desk is too small, I
always overpack
""")
_CHOICES = lines("""
be able to fly or be invisible
live by the sea or in the mountains
read minds or see the future
travel to the past or to the future
have a pet dragon or a pet unicorn
never eat cheese or never eat chocolate again
be a famous singer or a famous scientist
live in a treehouse or on a boat
speak every language or play every instrument
explore space or the deep sea
always be early or always be late
have more time or more money
cook every day or clean every day
be a cat or a bird for a day
live without music or without movies
meet a dinosaur or an alien
""")
_PLURALS = _items("""
goose, cactus, mouse, leaf, child, ox, sheep, crisis, tooth, potato, wolf, person, fish, analysis, knife,
hero, octopus, deer
""")
_PHENOMENA = _items("""
rainbows, hurricanes, earthquakes, the northern lights, tides, tornadoes, fog, hail, caves, pearls, dunes,
diamonds, snowflakes, geysers, fossils, avalanches, echoes, mirages, coral reefs, icicles
""")
_CAREERS = _items("""
a nurse, a pilot, a teacher, a chef, a software developer, a librarian, an electrician, a veterinarian, a
journalist, an architect, a firefighter, a translator, a photographer, a park ranger, a carpenter, an
accountant, a baker, a marine biologist, a sound engineer, a gardener
""")
_PETS = _items("puppy, kitten, goldfish, rabbit, parrot, hamster, turtle, guinea pig, canary, lizard, pony")
_KITCHEN_SWAPS = _items("""
butter in a cake, eggs in pancakes, sour cream, buttermilk, fresh yeast, soy sauce, heavy cream, brown
sugar, honey, breadcrumbs, white wine in risotto, baking powder, lemon juice, cornstarch, parmesan, coconut
milk
""")
_NO_EVENTS = """
the Aztecs, the Vikings, the samurai, the Wright brothers, the first Olympic Games, the history of chess,
the history of tea, the history of bread
"""
_NO_NOVELS = "biography, popular science, travel writing, memoir, adventure, romance, detective fiction"
_MANY = "black holes, fractions, tides, sound waves, mortgages, atoms, vaccines, plate tectonics"
_BOILED = _items("""
pasta, soft-boiled eggs, quinoa, a baked potato, green beans, brown rice, corn on the cob, dried beans,
asparagus, broccoli, a turkey, red lentils, couscous, salmon fillets, artichokes, beets
""")


def _without(contents: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The contents without those that a text lists."""
    left_out = _items(text)
    return tuple(content for content in contents if content not in left_out)


def _bare(contents: tuple[str, ...]) -> tuple[str, ...]:
    """The contents that do not start with an article."""
    return tuple(content for content in contents if not content.startswith(("a ", "an ")))


_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("What is the capital of {}?\nWhat is {} famous for?\nTell me about the food in {}.", _COUNTRIES),
    ("What should I know before traveling to {}?\nWhen is a good season to visit {}?", _COUNTRIES),
    (
        "Which countries border {}?",
        _items("France, Brazil, Kenya, Peru, Thailand, Egypt, Mexico, Poland, Austria, Chile"),
    ),
    (
        "What should I see in {} in two days?\nIs {} a good place for families?\nDescribe a perfect day in "
        "{}.",
        _CITIES,
    ),
    ("I am going to {} next month and I don't know what to pack.\nWhat should I eat in {}?", _CITIES),
    ("What do {} eat?\nTell me a fun fact about {}.\nHow do {} sleep?\nHow long do {} live?", _ANIMALS),
    ("Why are {} important for nature?\nHow do {} communicate?\nAre {} intelligent?", _ANIMALS),
    ("How do I make {}?\nCan you give me a recipe for {}?\nWhat goes well with {}?", _FOODS),
    ("I want to make {} tonight.\nWhat is the secret to really good {}?", _bare(_FOODS)),
    ("What can I cook with {}?\nI have {} and an onion. What should I make for dinner?", _INGREDIENTS),
    ("How should I store {}?", _bare(_INGREDIENTS)),
    ("What can I use instead of {}?", _KITCHEN_SWAPS),
    ("How long does it take to cook {}?", _BOILED),
    (
        "Explain {} simply.\nHow would you explain {} to a beginner?\nWhat is the basic idea behind {}?",
        _CONCEPTS,
    ),
    (
        "Can you explain {}? I never understood it at school.\nWhy does {} matter in everyday life?",
        _without(_CONCEPTS, _MANY),
    ),
    (
        "What is a {}?\nDefine the term {}.",
        _without(_TERMS, "ecosystem, algorithm, isotope, irony, enzyme, hypothesis"),
    ),
    ("Could you give me an example of a {}?", _EXAMPLES),
    ("What does the word {} mean?\nWhat is a synonym for {}?\nUse the word {} in a sentence.", _WORDS),
    ("What is the opposite of {}?", _without(_WORDS, "whimsical, peculiar, vivid, candid")),
    ("How do you spell {}?\nIs there a trick for remembering how to spell {}?", _HARD_WORDS),
    ('What does "{}" mean?\nWhere does the saying "{}" come from?', _IDIOMS),
    ("What is the difference between {}?", _CONFUSED),
    ("What is the plural of {}?", _PLURALS),
    ("Why {}?", _WHY[::2]),
    ("Why {}?", _WHY[1::2]),
    ("How do I {}?\nWhat is the easiest way to {}?\nCould you please tell me how to {}?", _HOME_TASKS),
    ("How can I {}?\nI need to {} and have no idea where to start.", _COMPUTER_TASKS),
    ("Please help me {}.", _COMPUTER_TASKS),
    ("How do I {}?\nI would like to {}. Any tips?", _GARDEN_TASKS),
    ("What is the best way to {}?\nhow to {}", _COOK_TASKS),
    (
        "How long does it take to learn to {}?\nI want to learn to {}. Where should I begin?\nIs it hard to "
        "{}?",
        _SKILLS,
    ),
    (
        "How can I {}?\nI am trying to {}, but I always give up after a week.\nDo you have any tips to help "
        "me {}?",
        _HABITS,
    ),
    ("Why is it so hard to {}?", _HABITS),
    ("{} What should I do?\n{}\n{} Any advice would be welcome.", _SITUATIONS),
    ("I feel {}.\nI am {}.\nI feel {}. Is that normal?", _FEELINGS),
    ("{}", _STATEMENTS[::3]),
    ("{}", _STATEMENTS[1::3]),
    ("{}", _STATEMENTS[2::3]),
    ("True or false: {}.\nIs it true that {}?\nMy friend says that {}. Is that right?", _TRUE_FALSE),
    ("Should I choose {}?\nWhich is better, {}?\n{}?\nI can't decide: {}?", _PAIRS),
    (
        "What should I look for when buying {}?\nHow much should I spend on {}?\nI need {} but I am on a "
        "budget.",
        _PRODUCTS,
    ),
    ("Can you recommend a good {} book?\nWhat makes a good {} novel?", _without(_GENRES, _NO_NOVELS)),
    (
        "I have never read any {}. Where should I start?\nWhy do people enjoy {} so much?",
        _without(_GENRES, "coming-of-age, biography, memoir, adventure"),
    ),
    ("Recommend a movie for {}.\nWhat film would you suggest for {}?", _FILMS),
    ("What music is good for {}?\nSuggest some songs for {}.", _MOODS),
    ("What is a good game for {}?\nSuggest a board game or card game for {}.", _GAMERS),
    ("Name five {}.\nGive me three {}.\nWhat are some {}?\nCan you think of ten {}?", _LISTED),
    ("Write a poem about {}.\nWrite a short story about {}.\nWrite a tweet about {}.", _SUBJECTS),
    ("Write something about {}.\nWhat comes to mind when you think of {}?", _SUBJECTS),
    ("Write a slogan for {}.\nSuggest a name for {}.\nHow could {} get more customers?", _BUSINESSES),
    ("Write an e-mail {}.\nHelp me write a short message {}.", _MAILS),
    (
        "Write a birthday wish for {}.\nWhat is a good gift for {}?\nI need a thank-you note for {}.",
        _RECIPIENTS,
    ),
    (
        "Write the opening of a story about {}.\nTell me a story about {}.\nGive me a title for a story "
        "about {}.",
        _STORIES,
    ),
    ("Describe {}.\nImagine {} and tell me what you notice first.", _SCENES),
    (
        "What do you think about {}?\nIs there anything good about {}?\nWhy do some people dislike {}?",
        _OPINION_TOPICS,
    ),
    ("What is your favorite {}?\nDo you have a favorite {}, and why?", _FAVORITES),
    ("Would you rather {}?", _CHOICES),
    ("{}", _KID_QUESTIONS[::2]),
    ("{}\nMy daughter asked me: {}", _KID_QUESTIONS[1::2]),
    (
        "Tell me about {}.\nWhat is interesting about {}?\nWhy is {} still remembered?",
        _without(_HISTORY, _NO_EVENTS),
    ),
    ("Who was {}?\nWhat is {} best known for?\nIf you could ask {} one question, what would it be?", _PEOPLE),
    ("What are the basic rules of {}?\nWhat equipment do I need for {}?\nWhere was {} invented?", _SPORTS),
    ("Is {} a good sport for someone who is not very fit?\nI tried {} for the first time today.", _SPORTS),
    ("How does {} work?", _without(_INVENTIONS, "noise-canceling headphones")),
    ("Who invented the {}?", _INVENTED),
    ("What is {}?\nWhat's {}?\nCan you tell me what {} is?", _without(_SUMS, "double 48")),
    ("How many {}?", _UNITS),
    ("Convert {}.", _CONVERT),
    (
        "Help me plan {}.\nHow do I organize {} on a small budget?\nI have to organize {} and I am already "
        "stressed.",
        _EVENTS,
    ),
    ("Make a plan for {}.\nI need ideas for {}.\nI am planning {}.", _PLANS),
    ("{}.\n{}. What can I do about it?", _COMPLAINTS),
    (
        "How do {} form?\nCan you tell me what causes {}?\nI have always been fascinated by {}.",
        _without(_PHENOMENA, "echoes, mirages, coral reefs"),
    ),
    (
        "What does {} do all day?\nHow do I become {}?\nWould I be happy as {}?\nI have always wanted to be "
        "{}.",
        _CAREERS,
    ),
    ("How do I take care of a {}?\nWhat is a good name for a {}?\nI am thinking about getting a {}.", _PETS),
)

_WHOLE_PROMPTS = lines("""
What is the difference between a fruit and a vegetable?
I have an hour before my next appointment. How should I spend it?
My sourdough smells like nail polish remover, is that normal?
Which is heavier, a pound of feathers or a pound of iron?
If I leave at 8:15 and the trip takes 50 minutes, when do I arrive?
A train goes 60 miles an hour. How far does it go in 2.5 hours?
I have 20 dollars and buy three sandwiches at 4 dollars each. How much is left?
If six pencils cost three dollars, how much do ten pencils cost?
How do I split a bill of 84 dollars between four people with a 15 percent tip?
What should I wear to a job interview at a small company?
My nephew wants a drum kit. His parents live in a tiny apartment.
Should I tell my friend that her presentation was boring?
I would like to thank my neighbors for looking after my cat.
Is it rude to leave a party without saying goodbye?
How can I make new friends as an adult?
How do I politely end a long phone call?
I think I talk too much at parties.
What makes a good apology?
My coworker got the promotion I wanted.
Is it worth repairing a ten-year-old washing machine?
how do i get my cat to stop scratching the couch
can dogs eat strawberries
whats a good password manager habit
i cant stop yawning
do you think it will be a good summer
why do my ears pop on planes
which came first the chicken or the egg
how many hours should a teenager sleep
is it ok to microwave leftover rice
any idea what to do with twenty lemons
my kid won't eat anything green
need a costume idea fast
tell me about the deep sea
best soup when you have a cold
what do people do in Iceland in winter
how much water should a person drink in a day
what to say when someone is grieving
is yoga good for a stiff back
how do i start a conversation with someone on the bus
who is the main character in Moby-Dick
What is the plot of Cinderella?
What is the moral of the tortoise and the hare?
Who lives in a lighthouse?
Why do people collect stamps?
What is the point of a tie?
Could you please explain how a credit card works?
Would you mind helping me choose a color for my kitchen?
Could you suggest a topic for my school presentation?
Please tell me how to fold a paper airplane.
I would be grateful for some advice on learning to drive.
Please suggest something to do with my kids this afternoon.
Could you help me understand my electricity bill?
Can you help me find a nickname for my brother?
Please give me a riddle.
Tell me a bedtime story.
Write a caption for a photo of my dog in the snow.
Write a nursery rhyme about a hungry goose.
Write a short speech for my sister's wedding.
Write a product description for a handmade mug.
Write a note to my future self.
Write a dialogue between a spoon and a fork.
Write a review of an imaginary restaurant.
Write a riddle about winter.
Write a love letter to pizza.
Write a postcard from the Moon.
Write a text message to say I am running late.
Write a get-well message for a colleague.
Write a short bio for a shy baker.
Write the last sentence of a novel about the sea.
Invent a holiday and tell me how it is celebrated.
Invent a new sport that can be played in a kitchen.
Invent an animal and describe where it lives.
Invent a name for a new shade of green.
Make up a legend about a mountain.
Come up with a team name for a pub quiz.
Come up with a theme for a children's party.
Compare apples and oranges.
Compare living in a city with living in the countryside.
Compare handwriting with typing.
Compare tea with coffee.
Describe the taste of a mango.
Describe the color blue to someone who has never seen it.
Describe what a quiet morning sounds like.
Describe the house of your dreams.
Explain the rules of tic-tac-toe.
Explain how to tie a bow tie.
Explain why we shake hands.
Explain the plot of a famous movie of your choice.
Suggest a healthy breakfast.
Suggest a good question for a dinner party.
Suggest a science experiment for kids.
Suggest an outfit for a cold, windy day.
Suggest a way to surprise my wife.
Convince me to try rock climbing.
Convince me to get up early.
Talk me out of buying another guitar.
Teach me something new.
Teach me a card trick.
Motivate me to clean my room.
Help me choose between soup and salad.
Help me fall asleep.
Help me understand why my plant has yellow leaves.
Help me remember the planets in order.
Help me come up with a costume.
Quiz me on world capitals.
Let's play a game.
Give me a fun fact about space.
Give me a reason to go outside.
Give me an idea for a short film.
Give me advice for my first day at a new school.
Pick a number between one and ten.
Choose a dinner for me.
Name a famous bridge.
Name an animal that lives underground.
Name a fruit that starts with the letter P.
What rhymes with orange?
Which letter is used most often in English?
How many vowels are in the word education?
What is a palindrome?
What is the past tense of "to swim"?
Is "data" singular or plural?
When do I use a semicolon?
Where does the word "goodbye" come from?
What is the longest word you know?
Is it "a historic" or "an historic" moment?
What do you call a group of lions?
What do you call someone who studies insects?
What is the meaning of the name Sophie?
What is a good first language to learn for programming?
What is the difference between RAM and storage?
Why is my computer so slow in the morning?
Why does my phone get hot when I charge it?
What is a spreadsheet good for?
What does it mean to restart a router?
How do noise-canceling headphones work?
How do magnets work?
How do airplanes stay in the air?
How do plants know when it is spring?
How do cats always land on their feet?
How do chameleons change color?
How do we taste food?
How do glasses correct your eyesight?
How is glass recycled?
How is cheese made?
How are mountains formed?
How are roller coasters kept safe?
How was the Grand Canyon formed?
What happens to the body during sleep?
What happens when two galaxies collide?
What happens if you never cut your hair?
What would happen if the Moon disappeared?
What would happen if everyone could fly?
What would you take to a desert island?
What would you do on a day without electricity?
What would a perfect breakfast look like?
What would a dog say if it could talk?
If animals could vote for a king, who would win?
If you could visit any place, where would you go?
If you could have dinner with a character from a novel, who would it be?
If you were a tree, which tree would you be?
If I could learn only one recipe, which one should it be?
Is cereal a soup?
Is a hot dog a sandwich?
Is water wet?
Is a whale a fish?
Is golf hard to learn?
Is it better to exercise in the morning or in the evening?
Is it safe to swim right after eating?
Is dark chocolate good for you?
Is it normal to talk to plants?
Is it too late to learn the violin at forty?
Are two cats better than one?
Are old movies better than new ones?
Are mushrooms plants?
Are there more stars or grains of sand?
Are ghosts real?
Can money buy happiness?
Can plants grow without soil?
Can you be friends with your boss?
Can I put hot soup in the fridge?
Can I wash a down jacket in the machine?
Can I eat cheese with a bit of mold on it?
Can I keep a cactus in the bathroom?
Do opposites attract?
Do you believe in luck?
Do you prefer mornings or evenings?
Do you like poetry?
Do you think robots can be creative?
Do plants feel pain?
Does coffee really stunt your growth?
Does a goldfish need a big tank?
Does it ever snow in the desert?
Who is your favorite painter?
Who would win a race, a cheetah or a horse?
Who was the first woman to win a Nobel Prize?
Who invented the sandwich?
Who decides how long a second is?
Where do carrots come from?
Where should I put a thermometer in the fridge?
Where do penguins live?
Where can I meet people who like board games?
Where would you hide a birthday present?
When should I replace my toothbrush?
When do babies start to walk?
When is the best time to water a lawn?
When did people start wearing shoes?
Which planet would be the most fun to visit?
Which vegetables can I plant in spring?
Which vitamins are in an orange?
Which side of a coin is heads?
Which instrument is easiest to learn?
Which is the longest bone in the human body?
Which muscle works the hardest?
How do I know if a melon is ripe?
How do I know if I am ready for a pet?
How do I say no to a friend without hurting her?
How do I deal with a noisy office?
How do I prepare for a long hike?
How do I get over stage fright?
How do I set up an emergency fund?
How do I study for three exams in two weeks?
How do I write a good thesis statement?
How do I stop my glasses from sliding down?
How do I keep a small child busy on a plane?
How do I pick a good watermelon?
How do I get ink out of a white shirt?
How do I choose a good wine for dinner?
How often should I wash my jeans?
How often should I change my bed sheets?
How big is a blue whale?
How fast does a cheetah run?
How cold is it on Mars?
How heavy is an elephant?
How old is the universe?
How many legs does a spider have?
How many planets are there in the solar system?
How many people fit in a hot-air balloon?
How much does a cloud weigh?
How much sugar is in a can of soda?
I am so hungry that I could eat a horse.
I think I am getting a cold.
I want to surprise my parents on their anniversary.
I want to change careers, but I don't know what else I could do.
I want to paint my bedroom, but I can't decide on a color.
I have been thinking about getting a bike instead of a second car.
I have three meetings this morning and not a single cup of coffee.
I have a blank notebook and no idea what to write in it.
I have too many books and no more shelves.
I always cry at the end of movies.
I always burn the rice, no matter what I do.
I met my childhood friend at the supermarket today after twenty years.
I wonder what my dog is thinking.
I wonder whether there is life on other planets.
I wish I had more time to read.
I miss my grandmother's cooking.
I was thinking about the ocean last night.
I got lost in my own neighborhood.
I hate Mondays.
I love autumn.
I need a break.
I need a new hobby that does not cost much.
I need an excuse to leave a dull party early.
I need to find a present for someone who has everything.
I'd like to start running, but my knees are not great.
I've read the same page four times and still don't know what it says.
My favorite mug broke this morning.
My boss liked my idea!
My grandfather taught me to fish.
My dog ate my slippers, and he looks very pleased with himself.
My friends want to go bungee jumping and I am scared.
My mother-in-law is coming for dinner and I can only cook pasta.
My favorite sweater shrank in the wash.
Nobody came to my garage sale.
No idea what to cook tonight.
Nothing ever happens in this town.
Today was a good day.
Tomorrow I will run my first marathon.
The soup tastes of nothing.
The kids are finally asleep.
The view from up here is amazing.
We are out of milk.
We have been driving for six hours and the children are getting restless.
We had a picnic in the park and a duck stole my sandwich.
We saw a shooting star last night.
You won't believe what I found in the attic.
Everyone at work is sick except me.
It is too quiet in here.
It took me three years, but I finally finished my novel.
Someone left a bunch of flowers at my door.
There is a strange sound coming from my fridge.
There are only two eggs left, and I wanted to bake a cake.
This chair is so comfortable.
Spring is finally here!
I told my friend I would help her move on Saturday, but now I have tickets for a concert on the same \
evening. What should I do?
My parents are visiting for three days and they have already seen all the sights. What can we do together \
that is not too tiring?
I have half a cabbage, two carrots, some rice and a bit of ginger in the kitchen. What could I cook for \
two people tonight?
Could you please explain how the tides work? My son asked me at the beach and I did not have a good \
answer for him.
For years I wanted to learn the piano, and yesterday I finally had my first lesson. My fingers felt like \
wood, but I loved it.
I work from home and by four in the afternoon I can't concentrate on anything anymore. How can I organize \
my day better?
We want to get a pet, but we live in a small apartment and we are away all day. Which animals would be a \
good choice?
i want to cook something nice for my girlfriend but i have only one pot and no oven, any ideas what i \
could make
My neighbor gave me a huge bag of apples and I have already made two pies. What else can I do with them?
A farmer has 17 sheep and all but 9 run away. How many sheep does the farmer have left?
If a recipe for four people needs 300 grams of flour, how much flour do I need for ten people?
I read that octopuses have three hearts and blue blood. Why would an animal need more than one heart?
Could you help me write a few kind words for a colleague who is retiring after thirty years in the same \
office?
I bought a cheap violin at a flea market, and now I wonder whether it is worth having it repaired by a \
professional.
My six-year-old is afraid of the dark and comes to our bed every night. How can I help her sleep in her \
own room?
We are driving eight hours with two small children next week. How do we keep them happy without giving \
them a tablet?
I like my job, but my commute takes an hour and a half each way. Would you look for something closer to home?
Dinner was a disaster.
What a day!
""")


def _fill(template: str, contents: tuple[str, ...]) -> list[str]:
    """The template with each of its contents, starting with a capital letter unless the template does not."""
    filled = [template.format(content) for content in contents]
    casual = template[0].islower()
    return [prompt if casual else capitalised(prompt) for prompt in filled]


def _casual(prompt: str) -> str:
    """The prompt as somebody in a hurry types it."""
    return prompt.lower().rstrip(".?!")


@cache
def prompts() -> tuple[str, ...]:
    """All prompts, each once, in an order of which every start is a fair sample."""
    rng = random.Random(0)
    from_templates: list[str] = []
    for templates, contents in _KINDS:
        for template in templates.splitlines():
            filled = _fill(template, contents)
            from_templates += rng.sample(filled, min(_PER_TEMPLATE, len(filled)))
    from_templates = [_casual(prompt) if rng.random() < _CASUAL else prompt for prompt in from_templates]
    whole = [*_WHOLE_PROMPTS, *_FACTS, *_SMALL_TALK, *_FRAGMENTS, *_ASSISTANT]
    unique = {prompt.lower().rstrip(".?!"): prompt for prompt in [*from_templates, *whole]}
    shuffled = list(unique.values())
    rng.shuffle(shuffled)
    return tuple(shuffled)
