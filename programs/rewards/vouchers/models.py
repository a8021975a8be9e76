"""How many wrong codes came lately, and from whom; that is all that tells a guesser from somebody who mistyped."""

from django.db import models


class CodeGuesses(models.Model):
    """The wrong codes of one sender, one network address or one brand in a while that begins with the first of them.
    Whose they are stands here as a keyed hash."""

    whose = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField(help_text="From then on it is counted from nothing.")

    class Meta:
        indexes = [models.Index(fields=["until"], name="code_guesses_past")]
        verbose_name_plural = "code guesses"

    def __str__(self) -> str:
        return f"{self.count} until {self.until}"
