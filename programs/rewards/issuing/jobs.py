"""What the worker does for vouchers that nobody asks for at a counter: grants, birthdays, and the sweep."""

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.rewards.issuing.birthdays import award_birthday_vouchers
from programs.rewards.issuing.expiring import expire_vouchers
from programs.rewards.issuing.grants import hand_out_grants
from programs.rewards.issuing.warning import warn_of_vouchers

# The rest is left to the next run.
GRANTS_MAX = 5_000
VOUCHERS_MAX = 500_000


@app.periodic(cron="* * * * * */5")
@app.task(name="programs.hand_out_grants", queueing_lock="hand_out_grants", lock="hand_out_grants")
def hand_out(timestamp: int) -> None:
    """Gives rewards and stamps that rules gave, and takes back those of purchases that came back."""
    drop_dead_connection()
    hand_out_grants(limit=GRANTS_MAX)


@app.periodic(cron="9 * * * *")
@app.task(name="programs.expire_vouchers", queueing_lock="expire_vouchers", lock="expire_vouchers")
def expire_ended_vouchers(timestamp: int) -> None:
    """Writes down which vouchers ended; nobody can use them without it either."""
    drop_dead_connection()
    expire_vouchers(at=clock.now(), limit=VOUCHERS_MAX)


@app.periodic(cron="37 */6 * * *")
@app.task(name="programs.warn_of_vouchers", queueing_lock="warn_of_vouchers", lock="warn_of_vouchers")
def warn_of_vouchers_that_end(timestamp: int) -> None:
    """Tells members of unused vouchers that end within a week, once."""
    drop_dead_connection()
    warn_of_vouchers(at=clock.now(), limit=VOUCHERS_MAX)


@app.periodic(cron="5 * * * *")
@app.task(
    name="programs.award_birthday_vouchers", queueing_lock="award_birthday_vouchers", lock="award_birthday_vouchers"
)
def birthday_vouchers(timestamp: int) -> None:
    """Gives vouchers for birthdays: each hour, for a day begins at another one in each time zone, and somebody may join
    or tell their birth date late on the day."""
    drop_dead_connection()
    award_birthday_vouchers(at=clock.now())
