"""Answers as Helicone's API has them: `{"data", "error"}`, also of failures.

Where Helicone answers each failure with 500, the status here says which it was.
"""

from collections.abc import Callable, Coroutine

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ai_gateway.core.errors import AuthenticationFailed, GatewayError
from ai_gateway.core.wire import JsonObject
from ai_gateway.web.failures import told


class HeliconeRoute(APIRoute):
    """Tells failures in Helicone's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except (GatewayError, RequestValidationError, HTTPException) as error:
                failure = told(request, error)
                headers = {"www-authenticate": "Bearer"} if isinstance(failure, AuthenticationFailed) else {}
                return JSONResponse({"data": None, "error": failure.message}, failure.status, headers)

        return answered


def result(data: object, **besides: object) -> JsonObject:
    """`besides` is what Helicone has no place for."""
    return {"data": data, "error": None, **besides}
