"""An ASGI application on AWS Lambda, its answers streamed: the runtime loop that Python's own client lacks.

`loop` asks Lambda's Runtime API for invocations, `events` turns each into an ASGI scope, and `responses` sends the
application's messages back while they come. Nothing here needs more than the standard library, and nothing knows the
gateway. Started in place of the managed client by `AWS_LAMBDA_EXEC_WRAPPER`:

    python -u -m ai_gateway.runtime.lambda_stream app:app

What an application finds in its scope:

- `extensions["lambda"]`: `deadline` (seconds on `time.monotonic()`; Lambda ends the process then), `request_id`,
  `trace_id` (X-Ray, or None) and `function_arn`;
- `state`: what its lifespan put there. The lifespan runs once for the life of the process, after a SnapStart restore.

What it does after its last body message happens when the response is complete for the caller and before Lambda may
freeze the process: the place for work that the caller must not wait for. A caller who goes away is not reported by
Lambda; `http.disconnect` and an OSError from `send` say that the Runtime API has ended the invocation.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html,
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html,
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, https://asgi.readthedocs.io/en/latest/specs/www.html.
"""

from ai_gateway.runtime.lambda_stream.buffered import BufferedHandler

__all__ = ["BufferedHandler"]
