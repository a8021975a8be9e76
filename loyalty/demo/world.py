"""The demo's brands, programs and people, as plain data. All of them are invented."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Ware:
    """Something a demo brand sells, and the range of what a purchase of it costs, in cents."""

    sku: str
    name: str
    cents_min: int
    cents_max: int
    category: str = ""


@dataclass(frozen=True, slots=True)
class DemoProgram:
    """One program of a brand of its own. `tiers` are (code, points); `reward_points` is what members like to redeem."""

    code: str
    name: str
    id: UUID
    brand_code: str
    brand_name: str
    unit: str
    timezone: str
    earn_points: int
    earn_per: str
    expiry_months: int | None
    tiers: tuple[tuple[str, int], ...]
    reward_points: int
    opening_points: int
    wares: tuple[Ware, ...]


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A member of every program, with a login."""

    name: str
    id: UUID
    external_id: str
    email: str


PROGRAMS = (
    DemoProgram(
        "FUEL",
        "FuelSaver Card",
        UUID("f5f0db05-a6b8-44d9-aec0-468567bac28d"),
        "fuelsaver",
        "FuelSaver",
        "litres",
        "Europe/Berlin",
        1,
        "1.00",
        24,
        (("bronze", 0), ("silver", 500), ("gold", 1500), ("platinum", 3000)),
        200,
        1200,
        (
            Ware("DIESEL", "Diesel", 3500, 9800),
            Ware("E10", "Super E10", 2800, 8200),
            Ware("COFFEE", "Coffee to go", 290, 480),
            Ware("WASH", "Car wash", 990, 1790),
        ),
    ),
    DemoProgram(
        "SHOP",
        "ShopRewards Plus",
        UUID("feb00fff-d806-4b7c-8f9d-770b5aa4afc2"),
        "shoprewards",
        "ShopRewards",
        "points",
        "Europe/Amsterdam",
        5,
        "10.00",
        12,
        (("bronze", 0), ("silver", 200), ("gold", 500), ("platinum", 1000)),
        100,
        800,
        (
            Ware("SNEAKERS", "Sneakers", 5900, 14900, "shoes"),
            Ware("TOY", "Wooden train set", 1900, 7900, "toys"),
            Ware("BOOK", "Paperback", 899, 1899, "books"),
            Ware("LAMP", "Reading lamp", 2900, 9900, "home"),
        ),
    ),
    DemoProgram(
        "SKY",
        "SkyMiles Airways",
        UUID("ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa"),
        "skymiles",
        "SkyMiles Airways",
        "miles",
        "Europe/London",
        5,
        "1.00",
        36,
        (("bronze", 0), ("silver", 8000), ("gold", 20000), ("platinum", 40000)),
        5000,
        45000,
        (
            Ware("FLIGHT-EU", "Flight within Europe", 7900, 32000),
            Ware("FLIGHT-LONG", "Long-haul flight", 42000, 128000),
            Ware("BAGGAGE", "Extra bag", 3500, 7000),
        ),
    ),
    DemoProgram(
        "STAY",
        "StayLoyalty Hotels",
        UUID("f846eef0-e6df-43bf-87fe-59a3552c4e95"),
        "stayloyalty",
        "StayLoyalty Hotels",
        "nights",
        "Europe/Madrid",
        1,
        "100.00",
        None,
        (("bronze", 0), ("silver", 10), ("gold", 25), ("platinum", 50)),
        5,
        12,
        (
            Ware("ROOM", "Double room", 8900, 24900),
            Ware("SUITE", "Suite", 24900, 69900),
            Ware("DINNER", "Dinner", 3500, 14000),
        ),
    ),
)

MEMBERS = (
    DemoMember("Alice Chen", UUID("70772519-c197-4bec-bb7d-f5c25d2fc9ae"), "USR-001", "alice@example.com"),
    DemoMember("Bob Mueller", UUID("9347c42c-f452-4aab-9b80-5dc8d00b4089"), "USR-002", "bob@example.com"),
)

FIRST_NAMES = (
    "Amara",
    "Bruno",
    "Chiara",
    "Dilan",
    "Elif",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaito",
    "Leila",
    "Mateo",
    "Noor",
    "Olga",
    "Pavel",
    "Quinn",
    "Rosa",
    "Samir",
    "Tess",
    "Uma",
    "Viktor",
    "Wanda",
    "Xenia",
    "Yusuf",
    "Zoe",
)
LAST_NAMES = (
    "Abel",
    "Berg",
    "Costa",
    "Dahl",
    "Engel",
    "Fischer",
    "Garcia",
    "Haas",
    "Ivanov",
    "Jansen",
    "Kaya",
    "Lopez",
    "Moreau",
    "Novak",
    "Olsen",
    "Peeters",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Vidal",
    "Weber",
    "Xu",
    "Yilmaz",
    "Zimmer",
)
SYNTHETIC_PER_PROGRAM = 75
