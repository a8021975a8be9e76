"""What the worker does for points that come without a till: by links between programs, goals of all together, joining
and birthdays."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.activity.birthdays import award_birthdays
from programs.activity.goals import watch_goals
from programs.activity.joining import record_joined
from programs.activity.passing_on import pass_on_due
from programs.membership.enrolment import JOINED_TASK

# The rest is left to the next run, a few seconds later.
PASSED_ON_MAX = 20_000


@app.periodic(cron="* * * * * */5")
@app.task(name="programs.pass_on", queueing_lock="pass_on", lock="pass_on")
def pass_on(timestamp: int) -> None:
    """Gives what purchases earned in partners' programs, and takes back what goods that came back had earned there."""
    drop_dead_connection()
    pass_on_due(limit=PASSED_ON_MAX)


@app.periodic(cron="* * * * *")
@app.task(name="programs.watch_goals", queueing_lock="watch_goals", lock="watch_goals")
def watch(timestamp: int) -> None:
    """Sees which goals of all together were reached, and pays who took part, or missed."""
    drop_dead_connection()
    watch_goals()


@app.task(name=JOINED_TASK, retry=RetryStrategy(max_attempts=8, exponential_wait=2))
def joined(membership_ids: list[str]) -> None:
    """Gives what rules give to who joined."""
    drop_dead_connection()
    record_joined([UUID(membership_id) for membership_id in membership_ids])


@app.periodic(cron="3 * * * *")
@app.task(name="programs.award_birthdays", queueing_lock="award_birthdays", lock="award_birthdays")
def birthdays(timestamp: int) -> None:
    """Gives what rules give for birthdays: each hour, for a day begins at another one in each time zone, and somebody
    may join or tell their birth date late on the day."""
    drop_dead_connection()
    award_birthdays(at=clock.now())
