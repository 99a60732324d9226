/**
 * What the generated shop sells, one kind of product a line:
 *
 *   category | theme | kind, `*` stands for the variant | price from-to | days until it is used up, or - | variants, cheap to dear
 *
 * A theme is a reason to buy (it crosses categories); products of one theme land in one basket. Some names carry quotes,
 * tags, formulas and accents on purpose: real catalogues do, and whatever shows them must cope.
 */
export const CATALOGUE_TABLE = `
Electronics | audio | * Headphones | 19-229 | - | Wired On-Ear; Wireless On-Ear; Sports In-Ear; Noise-Cancelling; Studio Monitor
Electronics | audio | * Speaker | 24-189 | - | Pocket Bluetooth; Waterproof Bluetooth; Bookshelf; Multi-Room Wi-Fi
Electronics | audio | * Audio Cable | 6-19 | - | 1 m Jack; 3 m RCA; 2 m Optical
Electronics | desk | * Mouse | 12-69 | - | Wired Optical; Silent Wireless; Vertical Ergonomic; Trackball
Electronics | desk | * Keyboard | 22-119 | - | Slim Wired; Compact Wireless; Mechanical Tenkeyless; Split Ergonomic
Electronics | desk | * USB-C Hub | 18-79 | - | 4-in-1; 7-in-1; Dual-Display
Electronics | desk | * Webcam | 25-95 | - | 720p Clip-On; 1080p; 4K Autofocus
Electronics | gaming | * Game Controller | 29-79 | - | Wired; Wireless; Pro Wireless
Electronics | gaming | * Headset | 29-139 | - | Stereo Gaming; Surround Gaming; Wireless Gaming
Electronics | gaming | AA Batteries * | 4-15 | 45 | 4-Pack; 12-Pack; 24-Pack
Electronics | photo | * Memory Card | 9-59 | 150 | 32 GB; 64 GB; 128 GB; 256 GB
Electronics | photo | * Tripod | 19-129 | - | Tabletop; Travel; Carbon Fibre
Electronics | photo | Camera Cleaning * | 5-22 | 120 | Cloths; Pen; Kit
Electronics | smart home | Smart * | 11-89 | - | Bulb E27; Plug; Door Sensor; Thermostat; Doorbell
Electronics | kitchen | Kitchen * | 14-49 | - | Timer; Scale; Thermometer
Books | crime | * | 8-17 | - | The Harbour at Midnight; A Quiet Accomplice; Cold Ledger; The Ninth Witness; Murder in Platform Nine; What the Tide Kept; Inspector Vale's Last Case
Books | science | * | 11-29 | - | A Short History of Salt; The Patient Universe; How Cells Decide; Counting Without Numbers; The Weather Inside; Gödel for Gardeners
Books | kitchen | * | 14-34 | - | One-Pan Suppers; The Everyday Vegetable; Noodles & Broth; Crème Brûlée and Other Small Victories
Books | baking | * | 14-32 | - | Slow Bread; Biscuits by the Dozen; The Sourdough Year; Cakes That Travel
Books | garden | * | 12-30 | - | The Balcony Harvest; Pruning Made Plain; A Garden for Bees; Twelve Months of Roses
Books | kids | * | 6-14 | - | Where Is Otter?; The Bear Who Counted; "Why?" Asked the Fox; Dragons Don't Nap; My First Atlas; 100 Trucks & Diggers
Books | desk | * | 18-49 | - | Typed & Tested; SQL, Slowly; The Calm Codebase; Queues in Practice; Designing for Failure
Books | travel | * | 10-26 | - | Night Trains of Europe; Islands in the Off-Season; The Lazy Hiker's Guide; Maps You Can Eat
Books | wellness | * | 9-21 | - | Ten Breaths; Stretch Like a Cat; Sleep, Again; The Five-Minute Journal
Clothing | basics | * T-Shirt | 9-29 | - | White Cotton; Black Cotton; Striped Breton; Organic Heavyweight; Linen Blend
Clothing | basics | * Socks | 5-19 | 120 | Ankle 3-Pack; Crew 5-Pack; Merino 2-Pack
Clothing | basics | * Jeans | 35-89 | - | Regular Fit; Slim Fit; Straight Raw Denim
Clothing | basics | * Underwear | 9-32 | 180 | Cotton Briefs 3-Pack; Boxers 3-Pack; Bamboo 5-Pack
Clothing | winter | * Scarf | 14-69 | - | Fleece; Lambswool; Cashmere Blend
Clothing | winter | * Gloves | 9-55 | - | Knitted; Touchscreen; Leather
Clothing | winter | * Jacket | 49-189 | - | Quilted; Waterproof; Down
Clothing | winter | * Beanie | 9-29 | - | Ribbed; Merino; Bobble
Clothing | running | * Running Shirt | 18-49 | - | Short-Sleeve; Long-Sleeve; Reflective
Clothing | running | * Running Shorts | 19-45 | - | 5-Inch; 7-Inch; 2-in-1
Clothing | running | * Sports Socks | 7-22 | 90 | Cushioned 3-Pack; Compression; Trail
Clothing | desk | * T-Shirt | 17-24 | - | <script>alert("Hello")</script>; Robert'); DROP TABLE students;--; =SUM(Coffee)
Clothing | kids | Children's * | 9-39 | - | Leggings; Dungarees; Rain Trousers; Rain Coat
Home | bedroom | * Pillow | 12-69 | - | Hollowfibre; Memory Foam; Goose Down
Home | bedroom | * Duvet | 29-149 | - | 4.5 Tog; 10.5 Tog; All-Season Wool
Home | bedroom | * Bed Linen Set | 24-99 | - | Cotton Single; Cotton Double; Washed Linen Double
Home | light | * Lamp | 19-129 | - | Clip-On Reading; Bedside; Desk; Arc Floor
Home | light | * Candle | 6-29 | 40 | Tea Light 50-Pack; Vanilla; Sandalwood; Three-Wick Fig
Home | light | LED Bulb * | 4-16 | 150 | E14 Warm White; E27 Warm White; GU10 4-Pack
Home | cleaning | Dish Soap * | 2-9 | 32 | Lemon 500 ml; Unscented 500 ml; Refill 2 l
Home | cleaning | Laundry Detergent * | 5-19 | 38 | Sensitive 20 Washes; Colour 30 Washes; Refill 60 Washes
Home | cleaning | Bin Bags * | 3-9 | 45 | 20 l; 35 l; 60 l
Home | cleaning | Sponges * | 2-8 | 30 | 3-Pack; 10-Pack; Copper 6-Pack
Home | bath | * Towel | 8-35 | - | Hand; Bath; Beach; Waffle Bath
Home | bath | Bath Mat * | 12-39 | - | Cotton; Bamboo; Memory Foam
Home | storage | Storage * | 7-49 | - | Basket Small; Basket Large; Box with Lid; Under-Bed Bag; Shelf Unit
Home | art | * Picture Frame | 6-39 | - | 10 x 15 cm; A4 Oak; A3 Black; Gallery Set of 5
Kitchen | coffee | * Coffee Maker | 19-149 | - | Pour-Over; Stovetop 3-Cup; French Press; Filter Machine
Kitchen | coffee | * Coffee Grinder | 24-129 | - | Hand; Blade; Conical Burr
Kitchen | coffee | * Mug | 6-24 | - | Stoneware; Travel; <b>Bold</b> Roast; Double-Wall Glass
Kitchen | coffee | Paper Filters * | 2-7 | 40 | No. 2 80-Pack; No. 4 80-Pack; V60 100-Pack
Kitchen | tea | * Teapot | 14-59 | - | Glass; Stoneware; Cast-Iron
Kitchen | tea | Kettle * | 22-89 | - | 1 l; 1.7 l; Gooseneck
Kitchen | baking | * Baking Tin | 6-24 | - | Loaf; Muffin; Springform; Bundt
Kitchen | baking | Baking Paper * | 2-6 | 50 | 20 Sheets; Roll 8 m; Reusable Liner
Kitchen | baking | * Mixer | 29-199 | - | Hand; Compact Stand; Stand 5 l
Kitchen | baking | Proofing Basket * | 11-25 | - | Oval; Round; Set of 2
Kitchen | kitchen | * Knife | 9-99 | - | Paring; Bread; Chef's; Santoku
Kitchen | kitchen | * Pan | 17-119 | - | Crêpe; Non-Stick 24 cm; Cast-Iron 28 cm; Sauté with Lid
Kitchen | kitchen | Chopping Board * | 9-45 | - | Bamboo; Beech; End-Grain Walnut
Kitchen | kitchen | Kitchen Roll * | 3-12 | 28 | 2-Pack; 4-Pack; 8-Pack
Grocery | coffee | Ground Coffee * | 4-11 | 21 | House Blend 250 g; Decaf 250 g; Ethiopia 250 g; House Blend 1 kg
Grocery | coffee | Coffee Beans * | 6-24 | 24 | Espresso 250 g; Colombia 500 g; Kenya AA 500 g; Espresso 1 kg
Grocery | coffee | Oat Drink * | 2-11 | 14 | 1 l; Barista 1 l; Barista 6 x 1 l
Grocery | tea | * Tea | 3-14 | 30 | English Breakfast 80-Bag; Earl Grey 80-Bag; Peppermint 40-Bag; Sencha Loose 100 g; Darjeeling Loose 100 g
Grocery | tea | * Biscuits | 2-7 | 18 | Shortbread; Ginger; Dark Chocolate
Grocery | baking | Flour * | 2-9 | 28 | Plain 1.5 kg; Wholemeal 1.5 kg; Rye 1 kg; Strong White 5 kg
Grocery | baking | Yeast * | 1-6 | 35 | Dried 7 Sachets; Fresh 3 x 42 g; Dried 500 g
Grocery | baking | Chocolate * | 2-9 | 25 | 70% Dark 100 g; Cooking 200 g; Couverture 400 g
Grocery | kitchen | Olive Oil * | 6-24 | 40 | 500 ml; Extra Virgin 750 ml; Extra Virgin 3 l
Grocery | kitchen | Pasta * | 1-9 | 20 | Spaghetti 500 g; Penne 500 g; Bronze-Cut Rigatoni 500 g; Mixed 3 kg
Grocery | kitchen | Chopped Tomatoes * | 1-9 | 20 | 400 g; 4 x 400 g; 12 x 400 g
Grocery | breakfast | Muesli * | 3-12 | 22 | Classic 750 g; Nut & Seed 750 g; Gluten-Free 1 kg
Grocery | breakfast | Honey * | 4-13 | 45 | Blossom 350 g; Heather 350 g; Manuka 250 g
Grocery | breakfast | * Peanut Butter | 3-9 | 28 | Smooth; Crunchy; Crunchy 1 kg
Garden | garden | * Seeds | 2-5 | 75 | Tomato; Basil; Wildflower Mix; Sweet Pea
Garden | garden | Potting Compost * | 5-16 | 45 | 20 l; Peat-Free 40 l; Tomato 50 l
Garden | garden | * Pot | 4-45 | - | Terracotta 14 cm; Terracotta 25 cm; Glazed 30 cm; Oak Planter
Garden | garden | Garden * | 9-49 | - | Gloves; Trowel; Secateurs; Spade
Garden | garden | Plant Feed * | 4-14 | 50 | Tomato 1 l; Universal 1 l; Seaweed 2 l
Garden | birds | * Bird Food | 4-24 | 25 | Fat Balls 10-Pack; Sunflower Hearts 2 kg; Mixed Seed 5 kg; Peanuts 5 kg
Garden | birds | Bird * | 8-39 | - | Feeder; Bath; Nest Box; Feeding Station
Garden | barbecue | Charcoal * | 6-19 | 40 | Briquettes 3 kg; Lumpwood 5 kg; Coconut 10 kg
Garden | barbecue | Barbecue * | 8-149 | - | Tongs; Brush; Cover; with Lid
Garden | light | Solar * | 8-39 | - | Path Light 2-Pack; Lantern; String Lights
Toys | kids | Wooden * | 9-59 | - | Blocks; Train; Railway Set; Kitchen
Toys | kids | * Puzzle | 7-22 | - | Farm 24-Piece; Dinosaur 48-Piece; "5 < 6" Maths; World Map 200-Piece
Toys | kids | * Soft Toy | 9-32 | - | Rabbit; Fox; Elephant; Giant Bear
Toys | kids | Modelling Clay * | 4-15 | 60 | 4 Colours; 10 Colours; 24 Colours
Toys | games | * Card Game | 6-19 | - | Rummy; Quick-Match; Bluffing; Co-operative
Toys | games | * Board Game | 17-59 | - | Word; Harbour Trading; Railway Tycoon; Mystery Manor
Toys | games | Jigsaw * | 11-26 | - | 500 Pieces Lighthouse; 1000 Pieces Alps; 2000 Pieces Library
Toys | party | Party * | 3-15 | 90 | Balloons 25-Pack; Bunting; Paper Plates 20-Pack; Bubbles 12-Pack
Toys | party | Gift Wrap * | 3-12 | 60 | Kraft Roll; Stars Roll; Ribbon Set
Sports | running | * Running Shoes | 59-169 | 240 | Entry; Neutral; Trail; Stability; Carbon Race
Sports | running | Energy Gel * | 2-29 | 28 | Citrus Single; Berry 6-Pack; Caffeine 20-Pack
Sports | running | Running * | 9-59 | - | Belt; Cap; Head Torch; Hydration Vest
Sports | wellness | * Yoga Mat | 17-79 | - | 4 mm; 6 mm; Cork; Travel
Sports | wellness | Yoga * | 8-35 | - | Strap; Block; Bolster
Sports | wellness | Protein Powder * | 14-49 | 32 | Vanilla 500 g; Chocolate 1 kg; Vegan 1 kg
Sports | cycling | Bicycle * | 6-59 | - | Bell; Phone Mount; Pump; Lock; Pannier
Sports | cycling | Inner Tube * | 5-14 | 110 | 26 Inch; 28 Inch; 29 Inch
Sports | cycling | Chain Oil * | 6-13 | 90 | Dry; Wet; Ceramic
Sports | camping | * Tent | 59-249 | - | One-Person; Two-Person; Family
Sports | camping | Camping * | 9-89 | - | Mug; Lantern; Stove; Chair; Cool Box
Sports | camping | Gas Cartridge * | 4-15 | 55 | 100 g; 230 g; 450 g
Beauty | skin | Face Cream * | 6-39 | 48 | Light 50 ml; SPF 30 50 ml; Rich 50 ml; Retinol Night 30 ml
Beauty | skin | Cleanser * | 5-24 | 45 | Gel 150 ml; Milk 200 ml; Oil 150 ml
Beauty | skin | Sunscreen * | 7-24 | 70 | SPF 30 200 ml; SPF 50 200 ml; SPF 50 Face 50 ml
Beauty | skin | Lip Balm * | 2-9 | 55 | Classic; Honey; SPF 20
Beauty | hair | Shampoo * | 4-19 | 36 | Mild 250 ml; Volume 250 ml; Solid Bar; Salon 500 ml
Beauty | hair | Conditioner * | 4-19 | 40 | Mild 250 ml; Repair 250 ml; Salon 500 ml
Beauty | hair | Hair * | 4-49 | - | Clips 6-Pack; Brush; Dryer
Beauty | bath | Soap * | 2-9 | 30 | Olive Bar; Lavender Bar; Hand Wash Refill 1 l
Beauty | bath | Bath Salts * | 6-19 | 45 | Lavender; Eucalyptus; Rose
Beauty | bath | Toothpaste * | 2-8 | 40 | Mint; Sensitive; Whitening
Pets | dog | Dog Food * | 9-59 | 26 | Wet 6 x 400 g; Adult Dry 2 kg; Grain-Free 5 kg; Adult Dry 12 kg
Pets | dog | Dog Treats * | 3-12 | 20 | Chicken; Dental 7-Pack; Training Mix
Pets | dog | Dog * | 8-79 | - | Ball; Lead; Harness; Bed
Pets | dog | Poop Bags * | 3-11 | 35 | 60-Pack; 180-Pack; 300-Pack
Pets | cat | Cat Food * | 6-39 | 20 | Wet 12 x 85 g; Kitten Dry 1 kg; Adult Dry 4 kg; Senior Dry 4 kg
Pets | cat | Cat Litter * | 6-22 | 24 | Clumping 5 l; Wood 10 l; Clumping 20 l
Pets | cat | Cat * | 4-89 | - | Toy Mouse; Brush; Carrier; Scratching Tree
Pets | cat | Cat Treats * | 2-8 | 18 | Salmon; Malt Paste; Freeze-Dried Chicken
Stationery | writing | * Notebook | 4-24 | 70 | A6 Lined; A5 Dotted; A5 Hardcover; A4 Project
Stationery | writing | * Pen | 2-59 | 80 | Gel 3-Pack; Fineliner Set; Brush; Fountain
Stationery | writing | Ink * | 5-19 | 75 | Cartridges 6-Pack; Bottle Blue-Black; Bottle Emerald
Stationery | art | * Paint Set | 7-49 | - | Watercolour 12; Gouache 18; Acrylic 24
Stationery | art | * Sketchbook | 5-25 | 80 | A5; A4; Watercolour A4
Stationery | art | Brushes * | 4-29 | 150 | 3-Pack; Round Set; Sable Set
Stationery | desk | Printer Paper * | 5-29 | 60 | 500 Sheets; Recycled 500 Sheets; 5 x 500 Sheets
Stationery | desk | Sticky Notes * | 2-11 | 60 | Yellow; Pastel 6-Pack; Index Set
Stationery | party | Greeting Cards * | 2-12 | 70 | Single; Birthday 5-Pack; Thank You 10-Pack
Electronics | travel | Power Bank * | 14-49 | - | 5,000 mAh; 10,000 mAh; 20,000 mAh
Clothing | travel | * Rucksack | 29-119 | - | City 18 l; Commuter 22 l; Weekend 40 l
Sports | travel | * Suitcase | 49-149 | - | Cabin; Medium; Large
Beauty | bath | Bath Bomb * | 4-16 | 30 | Single; 3-Pack; 6-Pack
Stationery | writing | Envelopes * | 3-9 | 75 | C6 25-Pack; C5 25-Pack; Padded 10-Pack
`;
