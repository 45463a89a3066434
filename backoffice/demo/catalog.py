"""The category tree of the demo marketplace, three levels deep, and what is sold in each leaf.

A leaf reads `branch > leaf: lowest-highest price in USD, kilograms: kinds of product`. A weight of 0 means a digital
product, which needs no parcel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

DEPARTMENTS: Final[Mapping[str, str]] = {
    "Electronics": """
        Audio > Headphones: 25-420, 0.3: Over-ear Headphones, Wireless Earbuds, Studio Headset
        Audio > Speakers: 30-900, 2.4: Bookshelf Speaker, Bluetooth Speaker, Soundbar
        Audio > Microphones: 40-380, 0.6: USB Microphone, Podcast Microphone, Lapel Microphone
        Computing > Keyboards: 30-260, 0.9: Mechanical Keyboard, Wireless Keyboard, Number Pad
        Computing > Monitors: 140-1400, 5.2: Office Monitor, Ultrawide Monitor, Portable Monitor
        Computing > Storage: 20-520, 0.2: External Drive, Memory Card, Network Drive
        Photography > Cameras: 250-2400, 0.8: Mirrorless Camera, Instant Camera, Action Camera
        Photography > Lenses: 120-1800, 0.6: Prime Lens, Zoom Lens, Macro Lens
        Photography > Tripods: 25-340, 1.6: Travel Tripod, Monopod, Video Tripod""",
    "Home and Kitchen": """
        Cookware > Pans: 18-240, 1.8: Frying Pan, Saute Pan, Grill Pan
        Cookware > Knives: 15-320, 0.3: Chef Knife, Bread Knife, Paring Knife
        Cookware > Bakeware: 10-90, 1.1: Loaf Tin, Baking Sheet, Pie Dish
        Furniture > Chairs: 60-640, 7.5: Dining Chair, Office Chair, Lounge Chair
        Furniture > Tables: 90-1200, 18: Side Table, Dining Table, Standing Desk
        Furniture > Shelves: 35-420, 9: Wall Shelf, Bookcase, Shoe Rack
        Textiles > Bedding: 25-280, 1.9: Duvet Cover, Fitted Sheet, Pillow Case
        Textiles > Towels: 8-70, 0.5: Bath Towel, Beach Towel, Kitchen Towel
        Textiles > Rugs: 30-760, 4.4: Wool Rug, Runner Rug, Bath Mat""",
    "Fashion": """
        Clothing > Shirts: 18-120, 0.3: Oxford Shirt, Flannel Shirt, Polo Shirt
        Clothing > Trousers: 28-180, 0.6: Chino Trousers, Straight Jeans, Jogging Trousers
        Clothing > Jackets: 55-480, 1.1: Rain Jacket, Quilted Jacket, Bomber Jacket
        Shoes > Sneakers: 40-220, 0.9: Running Sneakers, Canvas Sneakers, High-top Sneakers
        Shoes > Boots: 70-360, 1.4: Ankle Boots, Hiking Boots, Chelsea Boots
        Shoes > Sandals: 20-130, 0.5: Leather Sandals, Beach Sandals, Clogs
        Accessories > Bags: 25-420, 0.8: Backpack, Tote Bag, Messenger Bag
        Accessories > Belts: 15-95, 0.3: Leather Belt, Woven Belt, Reversible Belt
        Accessories > Hats: 12-80, 0.2: Wool Beanie, Sun Hat, Baseball Cap""",
    "Beauty and Care": """
        Skin Care > Moisturisers: 8-90, 0.2: Day Cream, Night Cream, Body Lotion
        Skin Care > Cleansers: 6-55, 0.3: Foaming Cleanser, Micellar Water, Face Scrub
        Skin Care > Sun Care: 9-60, 0.2: Sun Cream, After-sun Lotion, Sun Stick
        Hair Care > Shampoo: 5-48, 0.4: Repair Shampoo, Shampoo Bar, Volume Shampoo
        Hair Care > Styling: 7-52, 0.2: Styling Clay, Sea Salt Spray, Hair Oil
        Hair Care > Dryers: 30-390, 0.9: Hair Dryer, Hot Air Brush, Curling Iron
        Bath > Soaps: 4-28, 0.2: Hand Soap, Bar Soap, Shower Gel
        Bath > Candles: 9-75, 0.5: Scented Candle, Soy Candle, Candle Set
        Bath > Shaving: 8-140, 0.3: Safety Razor, Shaving Brush, Shaving Cream""",
    "Sports and Outdoors": """
        Camping > Tents: 80-900, 3.8: Trekking Tent, Family Tent, Bivy Tent
        Camping > Sleeping Bags: 45-520, 1.4: Down Sleeping Bag, Summer Sleeping Bag, Quilt
        Camping > Stoves: 25-260, 0.6: Gas Stove, Alcohol Stove, Pot Set
        Fitness > Weights: 18-420, 9.5: Dumbbell, Kettlebell, Weight Vest
        Fitness > Yoga: 15-130, 1.3: Yoga Mat, Yoga Block, Meditation Cushion
        Fitness > Bands: 8-60, 0.3: Resistance Band, Loop Band Set, Skipping Rope
        Cycling > Helmets: 30-280, 0.4: Road Helmet, City Helmet, Trail Helmet
        Cycling > Lights: 12-150, 0.2: Front Light, Rear Light, Light Set
        Cycling > Locks: 15-160, 1.2: U-lock, Folding Lock, Chain Lock""",
    "Toys and Games": """
        Building > Blocks: 12-240, 1.2: Wooden Blocks, Marble Run, Magnetic Tiles
        Building > Models: 18-320, 0.9: Ship Model, Aircraft Model, Robot Kit
        Building > Trains: 20-280, 1.6: Train Set, Rail Extension, Station Set
        Tabletop > Board Games: 15-110, 1.1: Strategy Game, Family Game, Word Game
        Tabletop > Puzzles: 9-60, 0.7: Landscape Puzzle, Wooden Puzzle, 3D Puzzle
        Tabletop > Card Games: 6-40, 0.2: Party Card Game, Trick Card Game, Memory Cards
        Nursery > Plush: 10-85, 0.3: Plush Bear, Plush Rabbit, Plush Whale
        Nursery > Activity: 14-120, 0.8: Activity Cube, Stacking Rings, Shape Sorter
        Nursery > Mobiles: 12-75, 0.3: Cloud Mobile, Star Mobile, Music Mobile""",
    "Garden and Tools": """
        Garden > Planters: 8-180, 3.1: Flower Pot, Hanging Planter, Raised Bed
        Garden > Hand Tools: 9-95, 0.7: Pruning Shears, Trowel, Hand Rake
        Garden > Watering: 10-140, 1.5: Watering Can, Hose Set, Drip Kit
        Workshop > Power Tools: 45-620, 2.6: Cordless Drill, Orbital Sander, Jigsaw
        Workshop > Measuring: 6-160, 0.4: Tape Measure, Laser Level, Try Square
        Workshop > Boxes: 15-230, 3.9: Tool Box, Parts Organiser, Tool Bag
        Lighting > Lanterns: 12-140, 0.9: Solar Lantern, Path Light, String Lights
        Lighting > Lamps: 22-380, 2.2: Desk Lamp, Floor Lamp, Work Lamp
        Lighting > Bulbs: 5-65, 0.1: Filament Bulb, Smart Bulb, Bulb Set""",
    "Digital Goods": """
        Software > Productivity: 12-280, 0: Notes Licence, Calendar Licence, Time Tracker Licence
        Software > Creative Tools: 18-420, 0: Photo Editor Licence, Audio Editor Licence, Font Manager Licence
        Software > Utilities: 8-90, 0: Backup Licence, Password Manager Licence, File Sync Licence
        Design Assets > Fonts: 9-160, 0: Serif Typeface, Display Typeface, Handwriting Typeface
        Design Assets > Icons: 6-90, 0: Icon Set, Flag Icons, Interface Icons
        Design Assets > Templates: 7-120, 0: Slide Template, Report Template, Invoice Template
        Learning > Courses: 15-320, 0: Photography Course, Cooking Course, Language Course
        Learning > E-books: 4-45, 0: Travel E-book, Recipe E-book, Gardening E-book
        Learning > Sheet Music: 4-38, 0: Piano Sheet Music, Guitar Sheet Music, Choir Sheet Music""",
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A category without children; prices in whole USD, weight in kilograms."""

    department: str
    branch: str
    name: str
    low: int
    high: int
    weight: str
    kinds: tuple[str, ...]


def leaves() -> Iterator[Leaf]:
    """Every leaf, in the order of the tree."""
    for department, text in DEPARTMENTS.items():
        for line in text.strip().splitlines():
            place, measures, kinds = line.split(": ")
            branch, name = place.strip().split(" > ")
            prices, weight = measures.split(", ")
            low, high = prices.split("-")
            yield Leaf(department, branch, name, int(low), int(high), weight, tuple(kinds.split(", ")))
