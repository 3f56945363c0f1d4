"""The contents that behaviours are about: common words, names of people and short phrases."""

from __future__ import annotations

_WORDS = """
red blue green yellow orange purple pink brown grey white black turquoise crimson scarlet violet indigo
beige ivory teal magenta lavender maroon olive silver golden amber coral bronze emerald ruby sapphire lilac
cat dog horse cow pig sheep goat chicken duck goose turkey rabbit mouse hamster squirrel hedgehog fox wolf
bear deer moose otter beaver badger mole bat owl eagle hawk sparrow pigeon crow raven swan penguin ostrich
parrot flamingo lizard snake turtle crocodile frog toad salmon trout tuna shark whale dolphin octopus squid
crab lobster shrimp snail worm spider ant bee wasp butterfly moth beetle ladybird dragonfly mosquito lion
tiger leopard panther cheetah elephant giraffe zebra hippo rhino camel llama kangaroo koala panda monkey
gorilla donkey buffalo walrus seal apple pear banana cherry plum peach apricot grape lemon lime melon mango
papaya pineapple coconut strawberry raspberry blueberry fig date tomato potato carrot onion garlic pepper
cucumber lettuce spinach cabbage broccoli celery pumpkin mushroom bean pea lentil rice pasta noodle bread
toast butter cheese yogurt cream milk egg bacon sausage ham steak soup salad sandwich pizza burger pancake
waffle muffin biscuit cookie cake pie pudding chocolate honey jam sugar salt vinegar mustard ketchup
cinnamon ginger vanilla basil parsley coffee tea juice cider almond walnut peanut pickle hammer saw drill
wrench chisel screwdriver nail screw bolt ladder bucket rope chain hook lever pulley shovel rake broom brush
sponge mop needle thread scissors knife fork spoon plate bowl cup mug kettle teapot pan oven stove fridge
lamp candle lantern torch mirror clock watch table chair bench sofa bed pillow blanket curtain carpet shelf
drawer cupboard wardrobe box basket bag suitcase wallet purse key lock door window wall floor ceiling roof
chimney fence gate pen pencil crayon eraser ruler paper notebook book envelope stamp letter poster map globe
compass telescope camera radio television telephone computer keyboard printer battery engine wheel brake
bicycle scooter car truck bus tram train boat ship canoe raft rocket balloon kite drum guitar violin piano
flute trumpet harp whistle bell doll puzzle marble button zipper pocket collar sleeve shirt jacket coat
sweater trousers skirt dress sock shoe boot sandal glove mitten scarf hat helmet umbrella ring necklace
bracelet crown river lake ocean sea island beach cliff mountain valley hill forest jungle desert meadow
swamp cave waterfall volcano glacier canyon harbour village city town castle palace tower bridge tunnel road
street avenue square market bakery library museum theatre cinema school college hospital hotel restaurant
kitchen bathroom bedroom garden garage attic cellar farm barn stable orchard vineyard factory airport
station office bank church temple stadium park playground zoo circus kingdom continent country sun moon star
planet comet cloud rain snow hail thunder lightning storm breeze wind fog frost ice fire smoke ash stone
rock pebble sand clay mud dust iron copper steel glass wood plastic rubber cotton wool silk leather diamond
pearl feather leaf branch root seed flower rose tulip daisy sunflower cactus bamboo oak maple willow pine
moss fern morning noon evening midnight spring summer autumn winter yesterday tomorrow today forever doctor
nurse teacher farmer baker butcher carpenter plumber painter sailor pilot driver soldier judge lawyer
engineer dancer singer actor poet wizard pirate knight princess robot giant dragon unicorn ghost big small
tall short wide narrow heavy light fast slow hot cold warm cool wet dry soft hard smooth rough sharp dull
bright dark loud quiet sweet sour bitter salty fresh rotten clean dirty empty full open closed old young new
ancient modern simple strange famous secret brave calm clever curious eager gentle happy sad angry proud shy
lazy busy honest kind polite rude lucky hungry thirsty sleepy silly serious round flat crooked fuzzy sticky
shiny walk run jump climb swim dance sing laugh cry smile whisper shout talk listen read write draw paint
build break fix cook bake eat drink sleep dream wake push pull lift carry throw catch kick hit dig plant
grow pick wash fold travel arrive leave wait hide seek find lose win share borrow teach learn think forget
remember count measure cut love hope fear joy anger peace freedom justice truth beauty wisdom courage
patience luck friendship silence chaos order balance energy gravity music rhythm melody harmony colour shape
number infinity memory idea reason doubt mystery adventure journey victory promise gift surprise holiday
birthday wedding story poem riddle joke legend breakfast lunch dinner picnic party game chess football
tennis hockey yoga marathon
"""

_NAMES = """
Bob, Anna, Peter, Maria, Tom, Lucy, Henry, Alice, George, Emma, Jack, Sophie, Oliver, Grace, Daniel, Chloe,
Samuel, Ruth, Martin, Helen, Edward, Clara, Frank, Nora, Walter, Edith, Stanley, Mabel, Gary, Brenda, Kevin,
Tracy, Keith, Janet, Nigel, Doris, Max, Zoe, Felix, Ivy, Oscar, Hazel, Hugo, Iris, Leo, Daisy, Arthur,
Poppy, Ned, Betty, Liam, Aoife, Niamh, Sean, Callum, Fiona, Angus, Morag, Rhys, Megan, Gareth, Bronwen,
Jürgen, Heike, Klaus, Greta, Lukas, Anke, Dieter, Ursula, Pierre, Amélie, Luc, Camille, Henri, Margot,
Giulia, Marco, Chiara, Luca, Paolo, Bianca, Carlos, Lucía, Diego, Carmen, Pablo, Ximena, Javier, Marisol,
João, Beatriz, Thiago, Inês, Lars, Astrid, Sven, Ingrid, Bjorn, Freja, Mikkel, Saga, Eero, Aino, Jan,
Katarzyna, Piotr, Zofia, Pavel, Milena, Dragan, Jelena, Ivan, Olga, Dmitri, Tatiana, Sergei, Natasha,
Andrei, Ioana, Istvan, Zsuzsa, Nikos, Eleni, Yannis, Mehmet, Elif, Emre, Ayşe, Omar, Fatima, Hassan, Layla,
Yusuf, Amina, Karim, Noor, Ali, Zainab, Reza, Shirin, David, Miriam, Avi, Tamar, Arjun, Priya, Ravi,
Lakshmi, Sanjay, Meera, Vikram, Anjali, Imran, Sana, Wei, Mei, Jun, Xiu, Hiroshi, Yuki, Kenji, Sakura,
Haruto, Aiko, Minjun, Jiwoo, Seojin, Linh, Minh, Somchai, Malee, Putri, Budi, Kwame, Ama, Kofi, Abena,
Chidi, Ngozi, Tunde, Zuri, Thabo, Naledi, Sipho, Wanjiru, Juma, Tariq, Moana, Tane, Kai, Leilani, Nizhoni,
Koa, Biscuit, Pip, Ziggy, Dot, Mo, Maria Lopez, John Carter, Emily Watts, Peter Novak, Aisha Khan,
Wei Zhang, Yuki Tanaka, Carlos Mendez, Sofia Rossi, Anders Holm, Ingrid Dahl, Pavel Horak, Katya Orlova,
Omar Haddad, Leila Aziz, Priya Nair, Rahul Mehta, Kwame Boateng, Ngozi Okafor, Thabo Dube, Linh Tran,
Minh Pham, Jiwoo Park, Hana Sato, Kenji Mori, Lucas Moreau, Claire Dubois, Hans Becker, Greta Lang,
Marco Conti, Elena Greco, Nikos Pappas, Mehmet Yilmaz, Elif Demir, David Stern, Tamar Levi, Sean Murphy,
Orla Byrne, Fiona Grant, Angus Reid, Megan Pryce, Rhys Bevan, Tom Baxter, Nancy Whitfield, Harold Finch,
Dorothy Plum, Agnes Moore, Stanley Briggs, Winston Hale, Mabel Crane, Ruby Hart, Jasper Lane, Olive Penn,
Silas Webb, Cora Vance, Milo Frost, Ada Quill, Otto Braun, Frieda Vogt, Jan de Vries, Sanne Bakker,
Eva Lindgren, Mikko Laine, Aino Salo, Zofia Wrona, Piotr Zielony, Istvan Kovacs, Ioana Popa, Dragan Ilic,
Rosa Jimenez, Diego Fuentes, Lucia Vargas, Mateo Cruz, Ana Ribeiro, Tiago Costa, Amara Diallo, Moussa Keita,
Fatou Ndiaye, Samira Benali, Yusuf Warsame, Ahmed Farouk, Noor Rahman, Tane Parata, Leilani Kahale,
Grace Mwangi, Joseph Otieno, Ben Archer, Kate Sutton, Oliver Stone Hill, Mary Ann Dove, Captain Rosa,
Doctor Chen, Professor Ada, Aunt Vera, Uncle Joe, Grandma Jo, Grandpa Lou, Sister Agnes, Brother Matteo,
Father Brennan, Lady Hargrove, Lord Pemberton, Sir Cedric, Queen Ottilie, King Baldo, Princess Wren,
Baron Fitz, Count Orsini, Madame Leroux, Señora Paz, Herr Müller, Mister Fox, Miss Pringle, Coach Bailey,
Chef Antoine, Nurse Joy Kim, Judge Adeyemi, Sergeant Pike, Major Tomlin, Colonel Mustafa, Admiral Byng,
Officer Dale, Inspector Wong, Agent Flint
"""

_PHRASES = """
see you tomorrow, who let the dogs out, blue sky thinking, ask me later, good night moon, over the rainbow,
once upon a time, better late than never, piece of cake, raining cats and dogs, break a leg,
long time no see, the early bird wins, back to square one, no pain no gain, so far so good, time will tell,
easy come easy go, hold your horses, mind the gap, keep calm and carry on, under the weather,
out of the blue, once in a blue moon, a blessing in disguise, the best of both worlds, call it a day,
cut to the chase, hit the road, let it snow, miss the boat, on cloud nine, the last straw,
the whole nine yards, wrap it up, that is the spirit, ready steady go, on your marks, up and away,
down the rabbit hole, behind the curtain, through the looking glass, across the wide river,
beyond the hills, deep in the forest, under the old bridge, at the end of time, in the middle of nowhere,
around the next corner, between two chairs, far from home, close to the edge, cheese and crackers,
salt and pepper, fish and chips, peanut butter jelly, bread and butter, a cup of tea, coffee comes first,
two sugars please, extra cheese please, pass the salt, the soup is hot, dinner is ready,
more pancakes for everyone, lemon and lime, a slice of pie, eggs over easy, hot chocolate with cream,
apples and oranges, the cake is gone, warm bread rolls, pickles on top, who ate the cookies,
taste the rainbow, the cat sat down, the dog ate it, cows can fly, pigs might fly, a fish called Gerald,
elephants never forget, the owls are watching, busy as a bee, quiet as a mouse, sly like a fox,
the wolf is coming, feed the birds, count the sheep, ducks in a row, a wild goose chase,
the penguins approve, dragons live here, snakes and ladders, free the penguins, ask the cat,
bears love honey, monkeys in space, the moose is loose, frogs on a log, red and yellow stripes,
purple is everywhere, shades of grey, green with envy, golden hour glow, paint it black, silver and gold,
pink fluffy clouds, a dark blue door, white as snow, colours of the wind, bright yellow boots,
good morning sunshine, have a nice day, nice to meet you, welcome aboard, thank you kindly, take care now,
sweet dreams tonight, safe travels my friend, all the best, best of luck, many happy returns, well done you,
until next time, see you on Monday, talk to you soon, catch you later, farewell old friend,
goodbye and good luck, come back soon, hello from the moon, greetings from mars, how do you do,
long live the king, cheers to that, please hold the line, the line is busy, try again later, system is down,
file not found, access denied again, please insert coin, game over man, press any key, loading please wait,
low battery warning, turn it off, update in progress, have you tried rebooting, connection lost again,
end of message, this is a test, do not disturb, out of order, closed on sundays, wet paint, no parking here,
exit only, push to open, keep off the grass, stand clear please, next stop the library,
all aboard the train, mind your head, the bus is late, tickets please, last train home, turn left here,
full speed ahead, fasten your seatbelts, ready for takeoff, land in sight, anchors away,
sail the seven seas, man the pumps, all hands on deck, to the moon and back, houston we are fine,
stars in the sky, lost in space, one small step, three two one, the sun is shining, snow in july,
april showers, a storm is brewing, winter is near, summer never ends, the leaves are falling,
wind in the willows, thunder and lightning, chance of rain, clear skies ahead, cold hands warm heart,
walking on sunshine, calm before the storm, thin ice, the tide is high, my lips are sealed,
your guess is good, it is what it is, that depends, trust the process, never say never,
practice makes perfect, less is more, the truth is out there, knowledge is power, love conquers all,
time is money, silence is golden, patience is a virtue, honesty comes first, hope springs eternal,
fortune favours us, the show goes on, all is well, nothing to see here, move along please,
business as usual, no news today, same time next week, not my department, read the manual, it works for me,
ship it, add it to the list, let us circle back, think outside the box, low hanging fruit,
moving the goalposts, at the end of day, close of business, per my last email, action items only,
take it offline, win win situation, budget approved, the meeting is cancelled, coffee break now,
back in five minutes, gone fishing, on holiday, out to lunch, home sweet home, leave your shoes outside,
the door is open, lights out, who turned the lights off, clean your room, water the plants,
feed the goldfish, take out the rubbish, wash your hands, brush your teeth, shut the window,
put the kettle on, the keys are missing, check under the sofa, somebody call grandma, ask your mother,
because I said so, are we there yet, are you sure, what a lovely surprise, how very odd, how about no,
why not both, what happens next, where is my hat, who goes there, when in Rome, which way is up,
dance like nobody is watching, sing along with me, play it again, turn up the volume, let the music play,
shake it well, jump for joy, step by step, left foot first, spin around twice, clap your hands,
stomp your feet, one two three four, hip hip hooray, tick tock tick tock, knock knock, hocus pocus,
abracadabra and done, open sesame, wish upon a star, magic is real, the wizard is out, beware of the dragon,
the crown is heavy, the king has left, a knight to remember, once more with feeling, the plot thickens,
to be continued, the end, happily ever after, and so it goes, no spoilers please, lost and found,
rock paper scissors, heads or tails, checkmate in three, your move now, roll the dice, deal me in,
goal for us, slow and steady, so close yet, gravity always wins, numbers never lie, pi is delicious,
carry the one, divide and conquer, two plus two, half full glass, infinity and beyond that,
mind over matter, question everything twice, dust in the wind, ships in the night, a needle in hay,
smoke and mirrors, bells and whistles, nuts and bolts, odds and ends, thick and thin, hide and seek,
wait and see, live and learn, pen and paper, bricks and mortar
"""


def _items(text: str) -> tuple[str, ...]:
    """The items of a text that are divided by commas."""
    return tuple(item.strip() for item in " ".join(text.split()).split(","))


CONTENTS: dict[str, tuple[str, ...]] = {
    "word": tuple(_WORDS.split()),
    "name": _items(_NAMES),
    "phrase": _items(_PHRASES),
}
"""What `{}` in a wording is drawn from, by the name of the list; no list holds an item twice."""
