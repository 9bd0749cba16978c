"""What the console's API says of itself in its document: how it refuses, and what it lets in."""

from typing import Annotated, Any, TypeAlias

from fastapi import Security
from fastapi.params import Depends
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

Responses: TypeAlias = dict[int | str, dict[str, Any]]


class Failure(BaseModel):
    model_config = ConfigDict(extra="allow")

    message: str
    type: Annotated[str, Field(examples=["invalid_request_error", "authentication_error"])]
    param: str | None
    code: str | None


class Refusal(BaseModel):
    """In OpenAI's shape."""

    error: Failure


class HeliconeRefusal(BaseModel):
    """In Helicone's shape."""

    data: None
    error: str


def _refusals(model: type[BaseModel]) -> Responses:
    return {
        "4XX": {"model": model, "description": "What was asked is refused; the message says what to do."},
        503: {"model": model, "description": "The table is away. Try again."},
    }


REFUSALS, HELICONE_REFUSALS = _refusals(Refusal), _refusals(HeliconeRefusal)
ADMIN_KEY: Depends = Security(HTTPBearer(auto_error=False, scheme_name="Admin key"))
"""Documents what `access.admin_of` asks for."""
