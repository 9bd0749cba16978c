"""`ai-gateway demo` against the running gateway."""

import re
from pathlib import Path

from tests.e2e.running import Gateway


def test_the_demo_sends_every_kind_of_request_and_each_leaves_a_record(tmp_path: Path) -> None:
    with Gateway(tmp_path) as gateway:
        answer = gateway.command("demo", "--url", gateway.url, "-n", "60")
    assert answer.returncode == 0, answer.stderr
    sent = re.search(r"^(\d+) requests with seed 1\.", answer.stdout, re.MULTILINE)
    assert sent
    for outcome in ("answered", "broken off", "left"):
        assert outcome in answer.stdout
    kept = gateway.records().values()
    assert len(kept) == int(sent[1])
    assert {record["outcome"] for record in kept} == {"success", "error", "cancelled"}
    assert any(len(record["attempts"]) > 1 for record in kept)


def test_the_demo_says_where_it_finds_no_gateway(gateway: Gateway) -> None:
    answer = gateway.command("demo", "--url", "http://127.0.0.1:9")
    assert answer.returncode == 1
    assert "No gateway answers" in answer.stderr
