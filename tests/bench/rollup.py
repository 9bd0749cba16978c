"""Measures the rollup of one hour of many requests, in a process of its own.

    uv run python -m tests.bench.rollup [--requests 100000]

`own` is the processor time of that process, and its memory is all that it ever held, from Python's start on. The rest
of the time it waits for the emulator, which looks at a whole partition for each page, where DynamoDB goes on where it
was.
"""

import argparse
import subprocess
import sys
import time

from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.periods import HOUR
from ai_gateway.core.rollups import TOTAL, WHOLE
from ai_gateway.runtime import collector
from ai_gateway.runtime.rollups import rollup_run
from ai_gateway.runtime.settings import Settings
from tests.bench.counting import Counter, most_memory
from tests.bench.filling import TABLE, Home, emulated, fill
from tests.bench.traffic import traffic

ORGANIZATION = "acme"
MOST_SECONDS, MOST_MEGABYTES = 10, 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.url:
        _roll_up(Home(options.url, 0))
        return
    with emulated() as home:
        client, hour = home.opening()(), int(time.time()) // 3600 * 3600 * 1000 - HOUR
        DynamoDBCallers(client, TABLE).put(hash_key("bench"), Caller("bench", "Bench", ORGANIZATION), 0)
        fill(client, traffic(options.requests, hour, hour + HOUR, ORGANIZATION))
        before = home.cpu()
        subprocess.run([sys.executable, "-m", "tests.bench.rollup", "--url", home.url], check=True)
        print(f"emulator {home.cpu() - before:6.1f} s of processor time")


def _roll_up(home: Home) -> None:
    client = home.opening()()
    run, counter = rollup_run(Settings(table=TABLE), client), Counter(client)
    collector.relax()
    imported, begun, worked = most_memory(), time.perf_counter(), time.process_time()
    run.catch_up()
    took, worked, reads = time.perf_counter() - begun, time.process_time() - worked, counter.taken()
    hour = int(time.time()) // 3600 * 3600 * 1000 - HOUR
    (stored,) = run.rollups.stored(ORGANIZATION, TOTAL, "hour", hour, hour)
    total = stored.breakdown.values[WHOLE]
    print(f"{total.requests:,} requests, {total.cost} pico-dollars")
    print(f"took     {took:6.1f} s")
    print(f"own      {worked:6.1f} s of processor time (at most {MOST_SECONDS})")
    print(f"memory   {most_memory():6.0f} MB, {imported:.0f} of them before it began (at most {MOST_MEGABYTES})")
    print(
        f"read     {reads.calls:,} calls, {reads.items:,} items, {reads.bytes / 1e6:.0f} MB, {reads.units:,.0f} units"
    )


if __name__ == "__main__":
    main()
