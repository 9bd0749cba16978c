"""Buckets agree with a straight sum, whatever order and parts they are made in."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core import rollups
from ai_gateway.core.measures import Measures
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.core.rollups import Breakdown, Bucket
from tests.unit.rollups.strategies import NOON, records

PLAIN = RequestRecord("id", NOON, "success", 200, key_id="key-1", model_asked="gpt-4o", organization="acme")


def total(bucket: Bucket) -> Measures:
    return bucket[rollups.TOTAL].of(rollups.WHOLE)


def merged(*buckets: Bucket) -> Bucket:
    return rollups.merge(lambda dimension: (bucket[dimension] for bucket in buckets if dimension in bucket))


def whole(breakdown: Breakdown) -> tuple[int, int]:
    """Requests and cost of all its values."""
    parts = [*breakdown.values.values(), *([breakdown.other] if breakdown.other else [])]
    return sum(part.requests for part in parts), sum(part.cost for part in parts)


@given(st.lists(records, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_requests_changes_nothing(found: list[RequestRecord], random: st.DataObject) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rollups.fold(shuffled) == rollups.fold(found)


@given(st.lists(records, max_size=20))
def test_a_bucket_holds_the_straight_sums(found: list[RequestRecord]) -> None:
    measures = total(rollups.fold(found))
    assert measures.requests == len(found)
    assert measures.cost == sum(record.cost or 0 for record in found)
    assert measures.errors == sum(record.outcome == "error" for record in found)
    assert measures.unpriced == sum(record.cost is None and bool(record.tokens) for record in found)
    for kind in ("input", "output", "cache_read"):
        assert measures.family("tokens").get(kind, 0) == sum(record.tokens.get(kind, 0) for record in found)
    for name in ("ada", "bob"):
        of_user = rollups.fold(found)[rollups.USER].of(name)
        assert of_user.cost == sum(record.cost or 0 for record in found if record.user == name)
    for value in ("a", "b"):
        own = [record for record in found if record.properties.get("env") == value]
        bucket = rollups.fold(found)
        assert bucket.get("property:env", Breakdown()).of(value).requests == len(own)
    for version in ("0.0", "1.2"):
        own = [record for record in found if (record.prompt_id, record.prompt_version) == ("welcome", version)]
        of_version = rollups.fold(found)[rollups.PROMPT_VERSION].of(f"welcome@{version}")
        assert (of_version.requests, of_version.cost) == (len(own), sum(record.cost or 0 for record in own))
    if found:
        assert (measures.first, measures.last) == (min(r.ended_ms for r in found), max(r.ended_ms for r in found))


@given(st.lists(st.lists(records, max_size=8), min_size=1, max_size=4))
def test_merged_buckets_are_the_bucket_of_all(parts: list[list[RequestRecord]]) -> None:
    assert merged(*map(rollups.fold, parts)) == rollups.fold(record for part in parts for record in part)


@given(st.lists(records, max_size=20))
def test_scores_are_counted_and_their_means_are_those_of_the_records(found: list[RequestRecord]) -> None:
    told = total(rollups.fold(found)).scores()
    given_ = {name for record in found for name in record.scores}
    assert told.keys() == given_
    for name, scored in told.items():
        own = [max(-1e6, min(1e6, record.scores[name])) for record in found if name in record.scores]
        assert scored.requests == len(own)
        assert abs(scored.mean - sum(own) / len(own)) < 1e-6 + 1e-9 * abs(scored.mean)


def test_of_more_names_of_scores_than_are_kept_those_of_most_requests_are() -> None:
    many = [
        PLAIN._replace(id=str(number), scores={f"name-{number:03d}": True, "helpful": False}) for number in range(60)
    ]
    told = total(rollups.fold(many)).scores()
    assert len(told) == 20
    assert next(iter(told.items())) == ("helpful", (60, 0.0))
    assert told["name-000"] == (1, 1.0)


def test_a_request_without_a_version_counts_for_none() -> None:
    bucket = rollups.fold([PLAIN._replace(prompt_id="welcome"), PLAIN._replace(prompt_version="1.0")])
    assert bucket[rollups.PROMPT_VERSION].values == {}


def test_values_beyond_the_bound_are_counted_as_others() -> None:
    count = rollups.MOST_VALUES + 7
    found = [PLAIN._replace(id=str(number), user=f"user-{number:04d}", cost=number) for number in range(count)]
    found += [PLAIN._replace(id=f"again-{number}", user=f"user-{number:04d}", cost=1) for number in (3, count - 1)]
    users = rollups.fold(found)[rollups.USER]
    assert len(users.values) == rollups.MOST_VALUES
    assert users.ranked()[:2] == ["user-0003", f"user-{count - 1:04d}"]
    assert users.other is not None
    assert users.other.requests == 7
    assert whole(users) == (len(found), sum(record.cost or 0 for record in found))


def test_the_bound_holds_of_merged_buckets_and_loses_nothing() -> None:
    halves = [
        [PLAIN._replace(user=f"user-{start + number}", cost=1) for number in range(rollups.MOST_VALUES)]
        for start in (0, 400)
    ]
    users = merged(*map(rollups.fold, halves))[rollups.USER]
    assert len(users.values) == rollups.MOST_VALUES
    assert whole(users) == (2 * rollups.MOST_VALUES, 2 * rollups.MOST_VALUES)


def test_properties_are_bounded_in_number_too() -> None:
    count = rollups.MOST_PROPERTIES + 3
    found = [PLAIN._replace(properties={f"name-{number:03d}": "x"}) for number in range(count)]
    bucket = rollups.fold(found)
    named = [dimension for dimension in bucket if dimension.startswith(rollups.PROPERTY_VALUES)]
    assert len(named) == rollups.MOST_PROPERTIES
    assert whole(bucket[rollups.PROPERTY])[0] == count


def test_causes_that_providers_think_of_are_bounded() -> None:
    found = [PLAIN._replace(outcome="error", error_type=f"type-{number:03d}") for number in range(100)]
    causes = total(rollups.fold(found)).family("cause")
    assert len(causes) == 31
    assert causes["other"] == 70
    assert sum(causes.values()) == 100


def attempts(*failures: str | None) -> tuple[AttemptRecord, ...]:
    return tuple(
        AttemptRecord(f"m/p{place}", f"p{place}", "m", status=429 if error else 200, error_type=error, latency_ms=50)
        for place, error in enumerate(failures)
    )


def test_attempts_are_counted_where_they_were_made() -> None:
    served = PLAIN._replace(provider="p1", attempts=attempts("rate_limit_exceeded", None), duration_ms=900)
    bucket = rollups.fold([served])
    first, second = bucket[rollups.ATTEMPT].of("p0"), bucket[rollups.ATTEMPT].of("p1")
    assert (first.requests, first.errors, first.family("cause")) == (1, 1, {"rate_limit_exceeded": 1})
    assert (second.requests, second.errors) == (1, 0)
    assert first.latency.percentile(50) is None
    assert abs((second.latency.percentile(50) or 0) - 50) < 1
    assert list(bucket[rollups.PROVIDER].values) == ["p1"]
    assert total(bucket).fallbacks == 1


def test_what_nobody_served_counts_for_the_model_asked_and_the_provider_called_last() -> None:
    failed = PLAIN._replace(outcome="error", status=429, attempts=attempts("a", "b"))
    bucket = rollups.fold([failed])
    assert list(bucket[rollups.MODEL].values) == ["gpt-4o"]
    assert list(bucket[rollups.PROVIDER].values) == ["p1"]


def test_endpoints_passed_over_are_no_attempts() -> None:
    skipped = AttemptRecord("m/x", "x", "", error_type="no_credentials", skipped=True)
    bucket = rollups.fold([PLAIN._replace(attempts=(skipped, *attempts(None)))])
    assert list(bucket[rollups.ATTEMPT].values) == ["p0"]
    assert total(bucket).fallbacks == 0


def test_savings_are_told_by_what_prices_say() -> None:
    one = PLAIN._replace(cost=70, cost_computed=60, cost_uncached=100, cost_dearest=90)
    other = PLAIN._replace(cost=50, cost_computed=50, cost_uncached=45, cost_dearest=40)
    measures = total(rollups.fold([one, other]))
    assert measures.saved_by_cache == 40 - 5
    assert measures.saved_by_routing == 30


def shares(found: Sequence[RequestRecord]) -> list[float | None]:
    return [total(rollups.fold(found)).latency.percentile(percent) for percent in (0, 50, 95, 100)]


def test_percentiles_are_those_of_all_values_within_a_hundredth() -> None:
    found = [PLAIN._replace(duration_ms=number) for number in range(1, 1001)]
    for told, true in zip(shares(found), (1, 500, 950, 1000), strict=True):
        assert told is not None
        assert abs(told - true) <= 0.011 * true


def test_percentiles_of_nothing_are_unknown() -> None:
    assert shares([]) == [None] * 4
