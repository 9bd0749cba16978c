"""What the demo sends."""

from itertools import chain

from ai_gateway.runtime.demo.scenes import SHARES, Step, scenes


def steps(seed: int, requests: int = 300) -> list[Step]:
    return list(chain.from_iterable(scenes(seed, requests)))


def test_the_same_seed_sends_the_same() -> None:
    seed = 7
    assert steps(seed) == steps(seed)
    assert steps(seed) != steps(seed + 1)


def test_every_scene_comes_in_a_demo_of_the_usual_size() -> None:
    names = {step.scene for step in steps(1)}
    assert len(names) == len(SHARES)
    assert 300 <= len(steps(1)) < 310


def test_the_paths_of_a_session_make_a_tree() -> None:
    paths = {step.headers.get("helicone-session-path", "") for step in steps(1)}
    assert {"/plan", "/plan/hotels", "/plan/hotels/compare"} <= paths
