"""Pairs written for the guards, by the rule that is to keep them apart, and paraphrases that no guard may.

They were written after the guards' rules, in one go. Every third pair of a table was never looked at one by one while
the rules were mended: what holds there holds for pairs not seen.
"""

from __future__ import annotations

APART = {
    "numbers": """
Swim 20 lengths before work | Swim 40 lengths before work
A two-hour walking tour | A four-hour walking tour
Serve soup for $3 | Serve soup for $9
A choir of 12 singers | A choir of 50 singers
Part I: the harbour | Part II: the harbour
A walk at -5 degrees | A walk at 5 degrees
Bake at 350°F | Bake at 350°C | slot
Open from 7 am | Open from 7 pm
A 1960s dance night | A 1980s dance night
Add 3/4 cup of oats | Add 1/4 cup of oats
World War I walking tour | World War II walking tour
Give 5% to charity | Give 15% to charity
A flat for three students | A flat for nine students
Cycle 30 km on Sunday | Cycle 30 miles on Sunday
A thousand paper cranes | A million paper cranes
Ride the 6:15 train | Ride the 8:45 train
A puzzle of 500 pieces | A puzzle of 2,000 pieces
The second-best pizza in town | The third-best pizza in town
A stay of 2 nights | A stay of 2 weeks | slot
Sleep 6 hours a night | Sleep 9 hours a night
A fund of $2M for parks | A fund of $2 billion for parks
A 4-day work week | A 6-day work week
Plant one tree per guest | Plant five trees per guest
Keep 10 litres in the tank | Keep 10 gallons in the tank
Version 3 of the city map | Version 7 of the city map
Twelve angry cooks | Twenty angry cooks
A quarter of the profit goes to schools | Half of the profit goes to schools
A 7 inch screen | A 7 cm screen
Rocky II night at the cinema | Rocky III night at the cinema
Feed a family of four | Feed a family of eight
A 15-minute nap pod | A 45-minute nap pod
Raise €100 for the shelter | Raise $100 for the shelter
Lower the heating by 2 degrees | Lower the heating by 6 degrees
""",
    "negation": """
A concert with amplifiers | A concert without amplifiers
Reply to every message | Don't reply to every message
A diet with dairy | A dairy-free diet
Allow dogs in the office | Never allow dogs in the office
The train stops at the zoo | The train does not stop at the zoo
Peel the potatoes first | Do not peel the potatoes first
A garden with a fence | A garden with no fence
Discuss politics at dinner | Avoid discussing politics at dinner
Tip the waiter | Never tip the waiter
A bike with brakes | A bike without brakes
Fly to conferences | Stop flying to conferences
A hostel that takes children | A hostel that doesn't take children
Use a recipe | Use no recipe
Tell the children how it ends | Don't tell the children how it ends
Trucks on the bridge | Ban trucks on the bridge
A puzzle that can be solved | A puzzle that cannot be solved
Iron your shirts | Refuse to iron your shirts
Rehearse the speech | Do not rehearse the speech
A party with balloons | A party without balloons
Lend money to friends | Never lend money to friends
Wash the strawberries | Don't wash the strawberries
Bread with yeast | Bread with no yeast
Give the hamster sweets | Never give the hamster sweets
Cook with palm oil | Avoid cooking with palm oil
A keyboard with letters on it | A keyboard without letters on it
Answer the phone after six | Do not answer the phone after six
Visitors may feed the ducks | Visitors may not feed the ducks
The robot will win the race | The robot won't win the race
Somebody reads the minutes | Nobody reads the minutes
A soda with caffeine | A caffeine-free soda
Hunt foxes in the forest | Ban hunting foxes in the forest
Sign the petition | Refuse to sign the petition
Make the logo bigger | Don't make the logo bigger
""",
    "opposites": """
A tour for rich travellers | A tour for poor travellers
Walk up the tower | Walk down the tower
A lesson for beginners at the pool | A lesson for experts at the pool
Speed up the checkout | Slow down the checkout
A wet weather playlist | A dry weather playlist
A market for new furniture | A market for used furniture
Encourage late arrivals | Discourage late arrivals
Expand the parking lot | Reduce the parking lot
A winter market by the lake | A summer market by the lake
Make the door wider | Make the door narrower
A legal guide for tenants | A legal guide for landlords
Reveal the recipe | Conceal the recipe
A strong coffee after lunch | A weak coffee after lunch
Include the neighbours in the plan | Exclude the neighbours from the plan
A left turn at the bakery | A right turn at the bakery
A thick blanket for the sofa | A thin blanket for the sofa
Borrow books from the school | Lend books to the school
A deep pool for the hotel | A shallow pool for the hotel
Arrive before sunrise | Arrive after sunrise
A light lunch menu | A heavy lunch menu
An optional exam in June | A mandatory exam in June
A rural school for artists | An urban school for artists
Freeze the leftover soup | Thaw the leftover soup
A spicy noodle stand | A mild noodle stand
A photo wall of blue doors | A photo wall of red doors
A morning quiz for commuters | An evening quiz for commuters
Build a wall of bricks | Demolish a wall of bricks
Gain weight in a month | Lose weight in a month
Tighten the screws of the bench | Loosen the screws of the bench
An ancient music festival | A modern music festival
A comfortable chair for meetings | An uncomfortable chair for meetings
Upload the holiday pictures | Download the holiday pictures
A course for employers on pay | A course for employees on pay
""",
    "names": """
Interview with Serena Williams | Interview with Roger Federer | slot
Letters from Darwin | Letters from Newton | slot
A bus tour through Spain | A bus tour through Norway
Cook like they do in Mexico | Cook like they do in Vietnam
A statue of Cleopatra | A statue of Shakespeare
A beginner's C++ course | A beginner's C# course
Hold the fair in March | Hold the fair in August | opposites
A play about Beethoven's youth | A play about Chopin's youth
A weekend in Amsterdam | A weekend in Prague
A C course for girls | A C++ course for girls
Open a branch in Chicago | Open a branch in Houston
Name the boat after Neptune | Name the boat after Jupiter
A hike across Ireland | A hike across Iceland
Give Anna the keys | Give Peter the keys
A documentary about Gandhi | A documentary about Churchill
Sing songs by Elvis | Sing songs by Madonna
A picnic beside the Seine | A picnic beside the Danube
Ask Tesla to sponsor the race | Ask Toyota to sponsor the race
Teach the class in Spanish | Teach the class in German
An essay on Plato | An essay on Nietzsche
A flight over Africa | A flight over Asia
Watch birds in Kenya | Watch birds in Peru
Dinner with Julius Caesar | Dinner with Henry Ford | slot
Meet every Tuesday in the library | Meet every Thursday in the library
A mural of Mandela | A mural of Einstein
A cheese from Switzerland | A cheese from Denmark
A podcast with Emma Watson | A podcast with Tom Hanks
Celebrate Halloween at work | Celebrate Easter at work
Grade it A+ | Grade it A-
Learn guitar like Hendrix | Learn guitar like Clapton
A map of Boston | A map of Dallas
A letter to Berlin | A letter to Paris
Sell the app in Brazil | Sell the app in Japan
""",
    "slot": """
Tomato tart | Leek tart
A clinic for parrots | A clinic for hedgehogs
Soup with carrots | Soup with lentils
A choir for nurses | A choir for plumbers
A film about bees | A film about sharks
Cherry jam | Plum jam
A toy made of wool | A toy made of bamboo
A shelter for goats | A shelter for ducks
A robot that paints walls | A robot that picks apples
Does noise harm whales? | Does plastic harm whales?
Rice with beans | Rice with shrimp
A bench shaped like a banana | A bench shaped like a violin
A letter box for poems | A letter box for complaints
An app that counts steps | An app that counts calories
A museum of lost keys | A museum of lost umbrellas
A garden of roses | A garden of cacti
A beginner's guide to pottery | A beginner's guide to sailing
A vending machine for socks | A vending machine for soup
A hotel for horses | A hotel for rabbits
Pancakes with honey | Pancakes with bacon
A night school for bakers | A night school for lawyers
A podcast about volcanoes | A podcast about chess
A bus that sells vegetables | A bus that sells clothes
A cake shaped like a shoe | A cake shaped like a castle
Salmon burger | Turkey burger
Turn the silo into a theatre | Turn the silo into a sauna
An opera about football | An opera about plumbing
A drone that spots fires | A drone that spots sharks
A dance class for dentists | A dance class for farmers
Almond biscuits | Coconut biscuits
A blanket for horses | A blanket for turtles
A quilt made from jeans | A quilt made from flags
A phone booth for crying | A phone booth for singing
""",
    "titles": """
The Velvet Anchor | The Copper Lantern
Ember & Rye | Rust and Oat
Midnight Orchard | Paper Harbor
The Clockmaker's Secret | The River Thief
Silver Fern Books | Blue Kettle Tea
Salt & Cinder | Moss & Marrow
The Wandering Loaf | The Crooked Spoon
Neon Prairie | Velvet Glacier
Iron Petal Studio | Quiet Comet Records
The Last Beekeeper | A House of Glass
Ghost Pepper Press | Golden Yarn Club
Honey & Hammer | Linen & Lime
The Sleeping Volcano | The Paper Tiger
Northern Lantern | Crimson Bakery
The Honest Crumb | The Midnight Oven
Cloud Nine Laundry | Brass Monkey Tools
Sugar Skull | Wooden Whale
The Tin Sparrow | The Marble Fox
Lucky Penny Diner | Iron Horse Gym
Velvet Hour | Copper Kettle
Red Door Yoga | Stone Bridge Dental
The Glass Garden | The Hollow Drum
Orchid & Ash | Barley & Bone
The Lonely Satellite | The Singing Butcher
Golden Acorn | Rusty Compass
Bright Harbour | Wild Thistle
Maple Street Toys | Ocean View Cars
The Secret Staircase | The Burning Letter
Cedar & Smoke | Pearl & Thunder
Little Cactus | Grand Piano
The Fifth Violin | The Drowned Village
Pixel Forge | Daisy Chain
Old Mill Cider | Black Cat Print
""",
    "order": """
Cats chasing robots | Robots chasing cats
Translate Greek into Latin | Translate Latin into Greek
A ferry from Dover to Calais | A ferry from Calais to Dover
Students grading teachers | Teachers grading students
Does sleep improve memory? | Does memory improve sleep?
Turn plastic into fuel | Turn fuel into plastic
More trees, fewer cars | Fewer trees, more cars
Parents reading to children | Children reading to parents
A library inside a gym | A gym inside a library
Swap coffee for tea | Swap tea for coffee
Tea before breakfast, coffee after dinner | Coffee before breakfast, tea after dinner
Do dogs understand people better than cats do? | Do cats understand people better than dogs do?
Send flowers to the boss | Send the boss to flowers
The hunter who feared the bear | The bear who feared the hunter
Pay first, eat later | Eat first, pay later
Use music to sell shoes | Use shoes to sell music
Villages helping cities | Cities helping villages
A school in a museum | A museum in a school
Teach parrots about people | Teach people about parrots
A road from the farm to the sea | A road from the sea to the farm
Use stories to explain maths | Use maths to explain stories
Does exercise cause happiness? | Does happiness cause exercise?
The wolf that raised a child | The child that raised a wolf
Convert miles to kilometres | Convert kilometres to miles
Artists hiring bankers | Bankers hiring artists
Fish eating birds at the pier | Birds eating fish at the pier
A painting of a camera | A camera of a painting
Nurses training doctors | Doctors training nurses
Bring the mountain to the city | Bring the city to the mountain
Rent is higher than wages | Wages are higher than rent
A bar above a bakery | A bakery above a bar
The moon that loved the sea | The sea that loved the moon
Let voters question senators | Let senators question voters
""",
}
"""33 pairs a rule: a line each, " | " between; last the rule that comes first, where it is another."""

TOGETHER = """
Grow herbs on the windowsill | A herb garden on the window sill
Knitting club for pensioners | A knitting club for retired people
Offer free coffee | Offer coffee at no cost
A library that never closes | A library open all night
Waste less water | Save water
A one-year course | A 12-month course
Walk 10,000 steps a day | Walk 10000 steps every day
Open until 22:00 | Open until 10 pm
Raise $5M | Raise $5 million
App for finding lost pets | App for finding missing pets
A photo album of Grandma | A photo album of Grandmother
Version 2 of the guide | Version II of the guide
Walk for half an hour | A 30-minute walk
Cats and dogs in one café | Dogs and cats in one café
On Sundays, cook together | Cook together on Sundays
Eat more fruit and less sugar | Eat less sugar and more fruit
Fix up old bicycles | Repair old bikes
A sofa made of pallets | A couch made from pallets
Teach kids to code | Coding lessons for children
Sew bags out of old jeans | Make bags from old jeans
A car museum | A museum of automobiles
Daycare for nurses | Childcare for nurses
Lend tools to neighbours | Let the neighbours borrow tools
A movie night in the park | An outdoor film night in the park
Buy a bike | Purchase a bicycle
Trim the hedge into animals | Cut the hedge into animal shapes
A garbage collecting contest | A contest for picking up trash
A cookbook of family recipes | A family recipe cookbook
Don't waste food | Never waste food
A bakery without gluten | A gluten-free bakery
Take the stairs, not the lift | Take the stairs instead of the lift
Ban cars from downtown | A car-free downtown
Bread and soup for lunch | Soup and bread for lunch
A 24-hour gym | A gym open 24 hours
Read a book each week | Read one book a week
Plant wildflowers by the road | Plant wild flowers along the road
A dozen eggs in a basket | A basket with 12 eggs
Give old phones to schools | Donate used phones to schools
Chess in the park | Play chess in the park
A lamp made from a bottle | Turn a bottle into a lamp
Kids interview their grandparents | Children interviewing their grandparents
Rent out your garage | Let your garage for money
Start a podcast with your sister | Make a podcast together with your sister
Umbrella stand | A stand for umbrellas
The café where you can pet cats | A café in which guests can stroke cats
Work outside in summer | In summer, work outdoors
A map of quiet places | Map the quiet spots
Weekly cooking evening with friends | Cook with friends one evening a week
Sing to the plants | Sing songs to your plants
A bench to rest on | A bench on which to rest
Trip to NYC | Trip to New York City
Leave no litter behind | Don't leave litter behind
Music meets painting | Painting meets music
Tea, cake and music | Music, cake and tea
Free Wi-Fi on buses | Free WiFi in the bus
Solar lamps for campers | Solar-powered camping lamps
A scarf knitted by grandma | Grandma knits a scarf
Learn a poem by heart | Memorise a poem
Build a raft from barrels | Make a raft out of barrels
Turn off the TV at dinner | No TV at dinner
A costume party for pets | Pet costume party
Store wine in the cellar | A wine cellar
Hand out water at the race | Give runners water at the race
A mobile library on a bike | A bicycle library
Let guests stay for free | Let guests stay without paying
Colour-coded calendar | Color coded calendar
"""
"""Pairs that say the same: no guard may keep more than a few of them apart."""


def rows(table: str) -> list[tuple[str, str, str | None]]:
    """The lines of a table: two texts, and the rule that another guard has for them, if it is not the table's."""
    found = []
    for line in table.strip().splitlines():
        a, b, *other = (part.strip() for part in line.split("|"))
        found.append((a, b, other[0] if other else None))
    return found


SPANS = """
Read a book every day | Read a book daily
Walk 30 minutes every day | Walk half an hour daily
A second life for old shoes | Old shoes get a second life
Spend a day at the zoo | Spend one day at the zoo
Plant a tree every year | Every year, plant one tree
Learn five new words a day | Learn 5 new words each day
Learn five new words a day | Every day, learn five new words
Sell it over the internet | Sell it on the internet
Up to 10 people can play | At most ten people can play
Books for kids aged 5 and over | Books for kids aged 5 and up
Open 24 hours a day | Open 24 hours
Hold a class once a week | Hold a class every week
Hold a class once a week | Hold a weekly class
Save for a year | Save for 12 months
A two-week trip | A trip of two weeks
Half a day in the woods | A half day in the woods
an hour's walk | a one-hour walk
A five-a-day fruit game | A game of five a day
Use vitamin C cream | Use a vitamin C cream
T shirt with a slogan | T-shirt with slogan
a day in the life of a nurse | a nurse's day
Check in at the hotel in the evening | In the evening check in at the hotel
Write a letter to a friend from school | Write a letter to a school friend
A year of free coffee | Free coffee for a year
One minute of silence | A minute of silence
Meet at noon every second Friday | Meet at noon every other Friday
Wake up at half past six | Wake up at 6:30 a.m.
Earn money by spending time outside | Make money by spending time outside
Get from A to B by bike | Go from A to B by bicycle
Plan B: a party indoors | As plan B, a party indoors
The 5 a day plan | Five a day plan
Spend an hour a week with neighbours | One hour per week with neighbours
Turn an hour of TV into an hour of sport | Swap one hour of TV for one hour of sport
"""
"""The same ideas, in which spans of time, letters and directions are put otherwise."""
