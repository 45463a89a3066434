"""Word lists of the demo marketplace; each becomes an SQL array of the same name for the generator.

Every seller is in one department (`catalog.DEPARTMENTS`), whose materials and features are in the same order here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: One product in a thousand, and one in ten, has this word in its name; nothing else has them.
RARE_WORD: Final = "aurora"
COMMON_WORD: Final = "classic"

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "first_names": tuple(
        (
            "Ada Amir Ana Anton Aiko Bella Ben Carla Chen Clara Daniel David Dina Elena Emil Emma Eric Fatima Felix"
            " Grace Hana Hugo Ibrahim Ines Isaac Jack Jana Jorge Julia Kai Kenji Lara Layla Leo Lina Lucas Maria"
            " Marta Mateo Maya Mila Nadia Nina Noah Nora Olga Omar Oscar Paula Peter Rania Rosa Sam Sara Sofia Tara"
            " Theo Tom Vera Victor Yara Yuki Zoe"
        ).split()
    ),
    "last_names": tuple(
        (
            "Abbas Adams Alvarez Andersen Baker Bauer Becker Bennett Bianchi Brown Carter Chen Clark Costa Cruz Dubois"
            " Evans Fischer Flores Foster Garcia Gomez Gray Haddad Hall Hansen Hill Hoffman Ito Jansen Jones Kato"
            " Keller Khan Kim King Klein Laurent Lee Lopez Martin Meyer Mills Moreau Morris Murphy Nguyen Novak Okafor"
            " Olsen Park Patel Perez Petrov Price Reyes Rossi Russo Sato Schmidt Silva Smith Suzuki Tanaka Taylor Tran"
            " Vogel Wagner Walker Weber White Wilson Wright Yamada Young"
        ).split()
    ),
    "streets": tuple(
        (
            "Maple Oak Cedar Park Lake Hill River Church Station Market Mill School Garden Spring Sunset Harbor Linden"
            " Meadow Forest Bridge"
        ).split()
    ),
    "street_kinds": ("Street", "Avenue", "Road", "Lane", "Boulevard", "Court"),
    "shop_starts": tuple(
        (
            "North Blue Silver Bright Green Copper Urban Little Golden Wild Quiet Clear Stone Velvet Solar Cedar Harbor"
            " Granite Lunar Amber"
        ).split()
    ),
    "shop_ends": ("Supply", "Works", "Trading", "Collective", "Goods", "Outlet", "Studio", "Store", "House", "Market"),
    "colors": tuple(
        "Black White Grey Navy Red Green Blue Beige Brown Teal Olive Rose Mustard Burgundy Sand Graphite".split()
    ),
    "adjectives": tuple(
        (
            "Compact Premium Lightweight Everyday Modern Essential Portable Foldable Deluxe Slim Rugged Quiet Smart"
            " Handmade Soft Sturdy Travel Professional Vintage Minimal"
        ).split()
    ),
    "product_lines": tuple(
        (
            "Alder Boreal Cascade Delta Ember Fjord Grove Horizon Ivory Juniper Kestrel Lumen Meridian Nimbus Orbit"
            " Pioneer Quartz Ridge Summit Terra Union Vista Willow Zenith"
        ).split()
    ),
    "materials": (
        "aluminium|tempered glass|recycled plastic|stainless steel|carbon fibre",
        "stoneware|oak|cast iron|stainless steel|bamboo",
        "organic cotton|linen|merino wool|denim|recycled polyester",
        "shea butter|aloe vera|almond oil|green tea|vitamin C",
        "ripstop nylon|neoprene|carbon steel|natural rubber|recycled polyester",
        "beech wood|soft plush|sturdy cardboard|food-safe silicone|cotton",
        "ash wood|forged steel|terracotta|galvanised steel|weatherproof polymer",
        "high resolution|lossless audio|plain text|layered files|vector graphics",
    ),
    "features": (
        (
            "Charges in under two hours and lasts a working day.|Pairs in seconds and reconnects by itself."
            "|Comes with a spare cable and a travel pouch.|Firmware updates are free for five years."
        ),
        (
            "Safe in the dishwasher and easy to stack.|Keeps its shape after years of daily use."
            "|Fits small kitchens and wide drawers alike.|Comes ready to use, no assembly needed."
        ),
        (
            "Cut for a relaxed fit that layers well.|Washes at thirty degrees and dries fast."
            "|Reinforced seams where it matters.|Pre-washed, so it does not shrink."
        ),
        (
            "Dermatologically tested on sensitive skin.|Free of parabens and added perfume."
            "|A little goes a long way.|Refill pouches are available."
        ),
        (
            "Packs into its own pocket.|Tested in rain, mud and snow."
            "|Adjusts with one hand, gloves on.|Carries a two-year guarantee against tears."
        ),
        (
            "Rounded edges and water-based paint for small hands.|Plays well alone or with friends."
            "|Rules fit on one page and games last half an hour.|Packed in a box that stores everything."
        ),
        (
            "Balanced for long days of work.|Stands up to frost and full sun."
            "|Replaceable parts are sold separately.|Hangs flat on any tool wall."
        ),
        (
            "Delivered by e-mail as soon as the payment is in.|Licensed for personal and commercial use."
            "|Includes free updates for one year.|Works offline once installed."
        ),
    ),
    "review_titles": (
        "Broke after a week|Not as described|Very disappointed",
        "Below expectations|Could be better|Not for me",
        "It is okay|Does the job|Average for the price",
        "Good value|Happy with it|Nearly perfect",
        "Excellent|Exactly what I wanted|Would buy again",
    ),
    "review_texts": (
        (
            "It stopped working on the fourth day and the shop took a week to answer."
            "|The colour and the size are not what the page shows. Sent it back."
        ),
        "It works, but it feels cheaper than the price suggests.|Arrived late and the box was dented.",
        "Does what it says. Nothing special, nothing wrong.|Fine for occasional use, I would not rely on it daily.",
        (
            "Well made and quick delivery. One star less because the manual is only online."
            "|Good quality for the money, and the seller answered my question within an hour."
        ),
        (
            "I use it every day and have already ordered a second one as a present."
            "|Better than the one I had from a famous brand, at half the price."
        ),
    ),
    "dispute_texts": (
        (
            "The item was returned ten days ago and the money has not arrived yet."
            "|I cancelled within an hour, please refund the full amount."
        ),
        "One of the items is scratched and the lid does not close.|It stopped working after two days of normal use.",
        "Tracking says delivered, but nothing was left at the door.|Only a part of my order arrived.",
        "I do not recognise this charge on my card.|The shop asked me to pay again outside the marketplace.",
        (
            "The invoice shows a wrong company name and I need a new one."
            "|The seller does not answer my questions about the warranty."
        ),
    ),
    "dispute_replies": (
        "We are sorry about this. We have asked the carrier and will answer within two days.",
        "Could you send us a photo of the parcel and of the item?",
        "We can send a replacement at once, or take the item back.",
        "Our records show the parcel was signed for at the front desk.",
    ),
    "dispute_notes": (
        "Customer has two earlier cases, both justified. Inclined to agree.",
        "Carrier confirms the scan photo does not match the address.",
        "Vendor answered late for the third time this month; keep an eye on it.",
        "Amount is above the usual; asked finance to have a look before we decide.",
    ),
    "user_agents": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/17.5",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Firefox/127.0",
    ),
}

#: City, state, start of the postal code, country; customers live in them in equal parts.
PLACES: Final = tuple(
    tuple(line.split("|"))
    for line in (
        "New York|NY|100|US,Los Angeles|CA|900|US,Chicago|IL|606|US,Houston|TX|770|US,Phoenix|AZ|850|US,"
        "Philadelphia|PA|191|US,San Diego|CA|921|US,Dallas|TX|752|US,Austin|TX|787|US,Columbus|OH|432|US,"
        "Seattle|WA|981|US,Denver|CO|802|US,Boston|MA|021|US,Nashville|TN|372|US,Portland|OR|972|US,Atlanta|GA|303|US,"
        "Berlin|BE|101|DE,Hamburg|HH|200|DE,Munich|BY|803|DE,Cologne|NW|506|DE,Paris|IDF|750|FR,Lyon|ARA|690|FR,"
        "Amsterdam|NH|101|NL,Vienna|W|101|AT,Madrid|MD|280|ES,Milan|MI|201|IT,"
        "Tokyo|TYO|100|JP,Osaka|OSA|530|JP,Nagoya|AIC|450|JP,Kuwait City|KU|130|KW"
    ).split(",")
)
