"""Larch & Linen: things for the house, euros, DHL and UPS, in English."""

from campaigns.demo.shapes import Goods, Parcel, Person, Said, Shop, Tale, Way

GOODS = {
    "towel": Goods(
        "Linen tea towel, oat",
        "18.00",
        "tea-towel",
        (
            (5, "Soft from the first wash, and it dries a whole evening’s dishes."),
            (4, "Lovely weight. It shrank a little more than the label says."),
        ),
    ),
    "board": Goods(
        "Larch chopping board",
        "46.00",
        "board",
        ((5, "Smells of forest when you unpack it. Heavy in the best way."),),
    ),
    "candles": Goods(
        "Beeswax candles, a pair",
        "22.50",
        "candles",
        ((4, "Burn slowly and evenly, with only a faint scent of honey."),),
    ),
    "throw": Goods(
        "Stonewashed linen throw",
        "89.00",
        "throw",
        (
            (5, "Bought for the sofa, lives on my bed."),
            (3, "Beautiful, but it sheds quite a lot in the first weeks."),
        ),
    ),
    "apron": Goods(
        "Linen apron, moss",
        "54.00",
        "apron",
        ((5, "Deep pockets and straps that stay where you put them."),),
    ),
    "soap": Goods(
        "Olive oil soap, fig leaf",
        "9.50",
        "soap",
        ((5, "Gentle, lasts for ages, and the whole bathroom smells of fig."),),
    ),
    "stool": Goods(
        "Larch stool, 45 cm",
        "139.00",
        "stool",
        (
            (5, "Went together in ten minutes and does not wobble."),
            (4, "Sturdy and pretty. One leg had a rough spot; five minutes with sandpaper."),
        ),
    ),
    "jug": Goods(
        "Enamel jug, 1.5 l",
        "34.00",
        "jug",
        ((4, "The right size for garden roses."),),
    ),
    "napkins": Goods(
        "Linen napkins, set of four",
        "39.00",
        "napkins",
        ((5, "They look better un-ironed, which suits me."),),
    ),
}

ABOUT_STORE = (
    (5, "Everything wrapped in paper, not a scrap of plastic."),
    (4, "Friendly people. Delivery took a day longer than promised."),
    (5, "Ordered on Monday, here on Wednesday."),
)

PEOPLE = {
    "aoife": Person(1, "Aoife", "Brennan", "aoife.brennan@letterbox.example", "12 Harold’s Lane", "Dublin", "D06 X2K4"),
    "liam": Person(2, "Liam", "Doherty", "liam.doherty@postroom.example", "3 Quay Row", "Galway", "H91 T4P2"),
    "hannah": Person(
        3, "Hannah", "Vogel", "h.vogel@brief.example", "Lindenallee 27", "Berlin", "10437", "+49 30 55501423", "DE"
    ),
    "marc": Person(
        4, "Marc", "Delorme", "marc.delorme@courriel.example", "8 rue des Tanneurs", "Lyon", "69005", "-", "FR"
    ),
    "saoirse": Person(5, "Saoirse", "Nolan", "saoirse.nolan@letterbox.example", "41 Orchard Road", "Cork", "T12 W8F5"),
    "jonas": Person(
        6, "Jonas", "Brandt", "jonas.brandt@brief.example", "Fischmarkt 4", "Hamburg", "20457", "-", "DE", guest=True
    ),
    "emma": Person(
        7, "Emma", "de Wit", "emma.dewit@postroom.example", "Oudegracht 201", "Utrecht", "3511 NK", "-", "NL"
    ),
    "conor": Person(8, "Conor", "Walsh", "conor.walsh@letterbox.example", "5 Mill Street", "Limerick", "V94 R1C6"),
    "sofia": Person(
        9, "Sofia", "Marques", "sofia.marques@correio.example", "Rua das Flores 88", "Porto", "4050-265", "-", "PT"
    ),
    "grace": Person(10, "Grace", "Keane", "grace.keane@postroom.example", "19 Castle View", "Kilkenny", "R95 E7D3"),
    "tomasz": Person(
        11, "Tomasz", "Zieliński", "t.zielinski@poczta.example", "ul. Kasztanowa 6/2", "Kraków", "31-105", "-", "PL"
    ),
    "owen": Person(12, "Owen", "Byrne", "owen.byrne@letterbox.example", "2 Harbour Steps", "Waterford", "X91 K5N8"),
    "lena": Person(
        13, "Lena", "Fischer", "lena.fischer@brief.example", "Isarweg 15", "München", "80469", "-", "DE", guest=True
    ),
    "kateryna": Person(
        14,
        "Катерина",
        "Білоус",
        "kateryna.bilous@brief.example",
        "Gartenstraße 52",
        "Leipzig",
        "04109",
        "-",
        "DE",
        "uk",
    ),
    "ruth": Person(15, "Ruth", "Farrell", "ruth.farrell@postroom.example", "7 Chapel Hill", "Sligo", "F91 A3V7"),
}

TALES = (
    Tale("14m", "aoife", {"napkins": 2, "candles": 1}, to="other"),
    Tale("2h", "jonas", {"throw": 1}, to="other", fate="changed mind"),
    Tale("1d 10:20", "hannah", {"board": 1, "towel": 2}, (Parcel("packing", "22h"),)),
    Tale("1d 18:45", "marc", {"apron": 1, "soap": 3}, (Parcel("label", "15h", due=4),)),
    Tale("2d 17:20", "kateryna", {"jug": 1, "towel": 1}, (Parcel("moving", "7h", due=2),)),
    Tale("3d 09:14", "emma", {"stool": 1}, (Parcel("arrived", "6h", due=1),)),
    Tale("3d 16:55", "conor", {"soap": 4, "candles": 2}, (Parcel("out", "3h", due=0),), to="other"),
    Tale("3d 22:41", "owen", {"throw": 1, "jug": 1}, to="other", end="cancelled", ended="2d 08:30"),
    Tale("4d 20:31", "sofia", {"napkins": 1}, (Parcel("trouble", "22h", due=0, trouble="address"),)),
    Tale("5d 12:50", "grace", {"towel": 3, "soap": 2}, (Parcel("delivered", "5h"),), to="other"),
    Tale(
        "6d 08:08",
        "saoirse",
        {"stool": 2, "throw": 1},
        (Parcel("delivered", "1d 11:40"), Parcel("trouble", "8h", due=1)),
        to="other",
    ),
    Tale("11d 21:17", "tomasz", {"board": 1}, (Parcel("delivered", "6d 14:05"),), fate="warranty"),
    Tale(
        "12d 13:33", "liam", {"apron": 1, "napkins": 1}, (Parcel("delivered", "8d 09:25"),), to="other", fate="exchange"
    ),
    Tale(
        "18d 19:12",
        "ruth",
        {"jug": 1, "candles": 2},
        (Parcel("delivered", "15d 10:50"),),
        to="other",
        said=(
            Said("jug", 1, "Arrived with a dent, and the enamel is chipped at the rim."),
            Said("candles", 5, "The candles are a joy."),
            Said("", 3, "They answered within the hour, so not all is lost."),
        ),
    ),
)

SHOP = Shop(
    slug="larch-and-linen",
    platform="shopify",
    tracker="easypost",
    name="Larch & Linen",
    url="https://larch-and-linen.example",
    country="IE",
    currency="EUR",
    time_zone="Europe/Dublin",
    language="en",
    languages=("en", "uk"),
    support_phone="+353 1 555 0142",
    address="Unit 4, The Old Sawmill, Wicklow, A67 E2H9",
    accent="#28594a",
    accent_ink="#f5fbf6",
    town="Wicklow",
    first_number=10412,
    free_from=120,
    pays=("Card", "Bank transfer"),
    cancel_reason="customer",
    dial="+353 85 555 {:04}",
    ways={
        "usual": Way("DHL Parcel", "9.90", "DHL", "JJD0003904########"),
        "other": Way("UPS Standard", "6.50", "UPS", "1Z4W7A816804######"),
    },
    scans={
        "label": "Label created, parcel not yet with us",
        "picked_up": "Picked up from the sender",
        "moving": "On the way to {there}",
        "arrived": "Arrived at the delivery depot",
        "ready": "Ready to collect",
        "out": "With the courier for delivery",
        "attempt": "Nobody was at home",
        "weather": "Delayed by weather",
        "address": "The address needs a correction",
        "delivered": "Delivered",
    },
    goods=GOODS,
    people=PEOPLE,
    tales=TALES,
    about_store=ABOUT_STORE,
    days=(3, 5),
)
