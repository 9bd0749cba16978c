from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.sse import Event, EventDecoder, encode

STREAM = b": comment\r\n\r\nevent: ping\ndata: {}\n\nid: 7\nretry: 10\ndata:one\ndata: two\n\ndata: caf\xc3\xa9\r\n\r\ndata: last"
EVENTS = [Event("ping", b"{}"), Event("", b"one\ntwo"), Event("", b"caf\xc3\xa9"), Event("", b"last")]


def decoded(*pieces: bytes) -> list[Event]:
    decoder = EventDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.close()


def test_events_come_out_of_a_whole_stream() -> None:
    assert decoded(STREAM) == EVENTS


def test_events_are_the_same_wherever_the_stream_is_cut() -> None:
    for cut in range(len(STREAM)):
        assert decoded(STREAM[:cut], STREAM[cut:]) == EVENTS


def test_events_are_the_same_when_every_byte_comes_alone() -> None:
    assert decoded(*(STREAM[index : index + 1] for index in range(len(STREAM)))) == EVENTS


def test_lone_carriage_returns_end_lines() -> None:
    assert decoded(b"data: a\r\rdata: b\r\r") == [Event("", b"a"), Event("", b"b")]


def test_an_event_without_data_is_none() -> None:
    assert decoded(b"event: nothing\n\ndata: x\n\n") == [Event("", b"x")]


@given(st.lists(st.binary(min_size=1).filter(lambda data: not set(data) & {10, 13}), max_size=5), st.integers(1, 7))
def test_what_is_encoded_is_decoded(payloads: list[bytes], size: int) -> None:
    stream = b"".join(encode(payload) for payload in payloads)
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert [event.data for event in decoded(*pieces)] == payloads
