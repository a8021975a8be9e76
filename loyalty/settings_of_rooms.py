"""What single rooms ask of whoever runs the service: how long, how often, how many, and whom they call. Part of
`loyalty.settings`."""

from environ import Env

env = Env()

# Rates of exchange, kept in the memory of every process: a change is known there within a second, and when the word of
# it got lost not later than this. An exchange itself asks the database whether its rate is still the one in force.
RATES_SECONDS_MAX = env.int("RATES_SECONDS_MAX", default=5)
# How long a quote holds.
QUOTE_SECONDS = env.int("QUOTE_SECONDS", default=120)
# No more exchanges are taken while so many wait, or one has waited for so long.
EXCHANGE_PENDING_MAX = env.int("EXCHANGE_PENDING_MAX", default=100_000)
EXCHANGE_LAG_SECONDS_MAX = env.int("EXCHANGE_LAG_SECONDS_MAX", default=300)
# amqp://user:password@host//: those settle who listen to that broker, told by `relay_exchanges`, and not the worker.
EXCHANGE_BROKER_URL = env.str("EXCHANGE_BROKER_URL", default="")

# amqp://, nats:// or kafka://: where `relay_events` publishes the log and `consume_events` reads, unless they are told.
EVENT_BROKER_URL = env.str("EVENT_BROKER_URL", default="")

# The waits between tries, in seconds: 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h.
WEBHOOKS_RETRY_SECONDS = env.list(
    "WEBHOOKS_RETRY_SECONDS", default=[5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
)
# How many days deliveries that ended can be looked at.
WEBHOOK_DELIVERIES_KEPT_DAYS = env.int("WEBHOOK_DELIVERIES_KEPT_DAYS", default=30)

# Limits
PERSON_POINTS_RATE = env.str("PERSON_POINTS_RATE", default="5/m")
# What one system that signs its events may send, and what may come from one network address.
EVENT_SOURCE_RATE = env.str("EVENT_SOURCE_RATE", default="3000/m")
# Wrong voucher codes: of a person, a server key (behind which many people type), a network address, a brand.
VOUCHER_GUESSES = {
    "person": env.str("VOUCHER_GUESSES_PERSON", default="20/m"),
    "key": env.str("VOUCHER_GUESSES_KEY", default="100/m"),
    "address": env.str("VOUCHER_GUESSES_ADDRESS", default="60/m"),
    "brand": env.str("VOUCHER_GUESSES_BRAND", default="1000/h"),
}
# Wrong receipt codes, and look-ups at a till that find nobody, each counted by itself: of a person, of a server key.
TILL_GUESSES = {
    "person": env.list("TILL_GUESSES_PERSON", default=["10/m", "30/h", "100/d"]),
    "key": env.list("TILL_GUESSES_KEY", default=["100/m", "1000/h"]),
}
# Days for which a receipt that no member was named for can be claimed, where the till does not say it.
RECEIPT_CLAIM_DAYS = env.int("RECEIPT_CLAIM_DAYS", default=30)

# Who carries text and push messages; brands say with which account.
TWILIO_URL = env.str("TWILIO_URL", default="https://api.twilio.com")
FCM_URL = env.str("FCM_URL", default="https://fcm.googleapis.com")
GOOGLE_TOKEN_URL = env.str("GOOGLE_TOKEN_URL", default="https://oauth2.googleapis.com/token")
