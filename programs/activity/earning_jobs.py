"""What the worker does for points that come without a till: by links between programs, and by goals of all together."""

from procrastinate.contrib.django import app

from loyalty.sql import drop_dead_connection
from programs.activity.goals import watch_goals
from programs.activity.passing_on import pass_on_due

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
