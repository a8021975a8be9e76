"""The root of every refusal. A refusal is an answer a client can act on; a programming mistake is an assert."""


class LoyaltyError(Exception):
    """The request was refused."""

    code = "refused"
    status = 422

    def __init__(self, detail: str = "", *, pointer: str | None = None, **facts):
        """`detail` says what happened this time; `pointer` names the field at fault as a JSON pointer ("/points");
        `facts` become extension members of the problem document. Without `detail` the class's docstring speaks."""
        self.detail = detail or self.title()
        self.pointer = pointer
        self.facts = facts
        super().__init__(self.detail)

    @classmethod
    def title(cls) -> str:
        """The first line of the class's docstring: what a client reads as the title of the problem."""
        return (cls.__doc__ or "").strip().splitlines()[0]


class NotFound(LoyaltyError):
    """There is no such object, or it is not yours to see."""

    code = "not-found"
    status = 404


class Invalid(LoyaltyError):
    """The request is not valid."""

    code = "validation-error"
    status = 400

    def __init__(self, errors: list[dict], detail: str = ""):
        """`errors` is a list of {pointer, code, detail}, one for each mistake found."""
        super().__init__(detail or "The request is not valid.", errors=errors)
        self.errors = errors


class Forbidden(LoyaltyError):
    """You may not do this."""

    code = "forbidden"
    status = 403


class Conflict(LoyaltyError):
    """The object is in a state that does not allow this."""

    code = "conflict"
    status = 409
