"""Google's `logprobsResult` as OpenAI's log probabilities."""

from itertools import zip_longest

from ai_gateway.core.wire import Json, JsonObject, objects, text


def logprobs(result: Json) -> JsonObject | None:
    """One entry a token, the most likely alternatives in each; None when the service sent none."""
    chosen = objects(result, "chosenCandidates")
    if not chosen:
        return None
    top = [objects(step, "candidates") for step in objects(result, "topCandidates")]
    steps = zip_longest(chosen, top[: len(chosen)], fillvalue=None)
    return {
        "content": [
            _token(token) | {"top_logprobs": [_token(other) for other in others or []]}
            for token, others in steps
            if isinstance(token, dict)
        ],
        "refusal": None,
    }


def _token(candidate: Json) -> JsonObject:
    token = text(candidate, "token")
    return {"token": token, "logprob": candidate.get("logProbability", 0.0), "bytes": list(token.encode())}
