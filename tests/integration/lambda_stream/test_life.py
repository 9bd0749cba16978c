"""A process from init to shutdown."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

import ai_gateway
from ai_gateway.runtime.lambda_stream.asgi import Application, Receive, Scope, Send
from ai_gateway.runtime.lambda_stream.process import Process
from tests.integration.lambda_stream.apps import application, body, hello, start
from tests.integration.lambda_stream.conftest import Run
from tests.integration.lambda_stream.fake_runtime_api import FakeRuntimeApi, http_event

LAYER = Path(ai_gateway.__file__).parent.parent


async def test_the_lifespan_runs_once_for_the_life_of_the_process(api: FakeRuntimeApi, run: Run) -> None:
    journal: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["mine"] = "and nobody else's"
        journal.append(str(sorted(scope["state"])))
        await hello(scope, receive, send)

    async with run(application(app, journal, pool="warm")) as process:
        await api.invoke(http_event()).end()
        await api.invoke(http_event()).end()
        await api.asked_for_next()
    assert journal == ["started", "['mine', 'pool']", "['mine', 'pool']", "stopped"]
    assert process.result() == 0


async def test_one_invocations_context_variables_are_not_seen_by_the_next(api: FakeRuntimeApi, run: Run) -> None:
    from contextvars import ContextVar

    caller: ContextVar[str] = ContextVar("caller", default="nobody")
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(caller.get())
        caller.set("tenant one")
        await hello(scope, receive, send)

    async with run(application(app)):
        await api.invoke(http_event()).end()
        await api.invoke(http_event()).end()
    assert seen == ["nobody", "nobody"]


async def test_the_scope_tells_the_invocation(api: FakeRuntimeApi, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "an old one")
    seen: list[tuple[dict[str, object], str | None]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["extensions"]["lambda"], os.environ.get("_X_AMZN_TRACE_ID")))
        await hello(scope, receive, send)

    async with run(application(app)):
        before = time.monotonic()
        first = await api.invoke(http_event(), seconds=20, trace_id="Root=1-2-3", invocation_id="i-7").end()
        after = time.monotonic()
        await api.invoke(http_event()).end()
    (context, trace), (_, no_trace) = seen
    deadline = context.pop("deadline")
    assert isinstance(deadline, float)
    # Lambda's deadline is in whole milliseconds.
    assert before + 20 - 0.01 <= deadline <= after + 20 + 0.01
    assert context == {
        "request_id": first.id,
        "trace_id": "Root=1-2-3",
        "function_arn": "arn:aws:lambda:eu-central-1:123456789012:function:gateway",
    }
    assert (trace, no_trace) == ("Root=1-2-3", None)


async def test_an_application_that_cannot_be_loaded_is_an_init_error(api: FakeRuntimeApi) -> None:
    def load() -> Application:
        raise ImportError("No module named 'app'")

    assert await Process(load, {"AWS_LAMBDA_RUNTIME_API": api.address}).run() == 1
    assert api.log == ["init/error"]
    assert api.init_error
    assert api.init_error["errorMessage"] == "No module named 'app'"


async def _refuses(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "AI_GATEWAY_TABLE is not set"})


async def _raises(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("AI_GATEWAY_TABLE is not set")


async def _returns(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (_refuses, "AI_GATEWAY_TABLE is not set"),
        (_raises, "AI_GATEWAY_TABLE is not set"),
        (_returns, "the application returned without answering 'lifespan.startup'"),
    ],
)
async def test_an_application_that_does_not_start_is_an_init_error(
    app: Application, message: str, api: FakeRuntimeApi
) -> None:
    assert await Process(lambda: app, {"AWS_LAMBDA_RUNTIME_API": api.address}).run() == 1
    assert api.log == ["init/error"]
    assert api.init_error
    assert api.init_error["errorMessage"] == message


async def test_sigterm_ends_the_lifespan_of_an_idle_process(api: FakeRuntimeApi, run: Run) -> None:
    journal: list[str] = []
    async with run(application(hello, journal)) as process:
        await api.asked_for_next()
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(process, 5) == 0
    assert journal == ["started", "stopped"]


async def test_sigterm_lets_an_invocation_end_and_asks_for_no_other(api: FakeRuntimeApi, run: Run) -> None:
    gate = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        await gate.wait()
        await body(send, b"the end")

    async with run(application(app)) as process:
        answer = api.invoke(http_event())
        await answer.chunk()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
        gate.set()
        assert (await answer.end()).content == b"the end"
        assert await asyncio.wait_for(process, 5) == 0
    assert api.log == ["next", "response begins", "response ends"]


async def test_sigterm_cancels_an_invocation_that_does_not_end_and_lets_it_clean_up(
    api: FakeRuntimeApi, run: Run
) -> None:
    journal: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        try:
            await asyncio.Event().wait()
        finally:
            journal.append("recorded")

    async with run(application(app, journal)) as process:
        answer = api.invoke(http_event())
        await answer.chunk()
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(process, 5) == 0
    assert journal == ["started", "recorded", "stopped"]
    assert answer.trailers["lambda-runtime-function-error-type"] == "Function.CancelledError"


async def test_a_snapshot_is_taken_before_the_lifespan_starts(api: FakeRuntimeApi, run: Run) -> None:
    journal: list[str] = []
    async with run(application(hello, journal), AWS_LAMBDA_INITIALIZATION_TYPE="snap-start"):
        await asyncio.wait_for(api.snapshot.wait(), 5)
        assert journal == []
        api.restored.set()
        assert (await api.invoke(http_event()).end()).content == b"hello"
    assert journal == ["started", "stopped"]


async def test_a_start_that_fails_after_a_restore_is_a_restore_error(api: FakeRuntimeApi) -> None:
    api.restored.set()
    environ = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    assert await Process(lambda: _refuses, environ).run() == 1
    assert api.log == ["restore/next", "restore/error"]
    assert api.restore_error
    assert api.restore_error["errorMessage"] == "AI_GATEWAY_TABLE is not set"


async def test_one_process_serves_as_many_invocations_at_once_as_lambda_allows(
    api: FakeRuntimeApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "untouched")
    all_here = asyncio.Barrier(10)
    traces: set[str] = set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        await asyncio.wait_for(all_here.wait(), 5)
        traces.add(os.environ["_X_AMZN_TRACE_ID"])
        await body(send, scope["path"].encode())

    async with run(application(app), AWS_LAMBDA_MAX_CONCURRENCY="10"):
        answers = [api.invoke(http_event(path=f"/{number}"), trace_id=f"Root={number}") for number in range(20)]
        for number, answer in enumerate(answers):
            assert (await answer.end()).content == f"/{number}".encode()
    assert traces == {"untouched"}, "one variable cannot hold ten traces"


@pytest.mark.parametrize("environ", [{"AWS_SAM_LOCAL": "true"}, {"AI_GATEWAY_INVOKE_MODE": "BUFFERED"}])
async def test_where_nothing_can_stream_the_response_is_one_json_object(
    environ: dict[str, str], api: FakeRuntimeApi, run: Run
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, headers=[(b"set-cookie", b"a=1"), (b"content-type", b"text/event-stream")])
        await body(send, b"data: caf\xc3", more=True)
        await body(send, b"\xa9\n\n" if scope["path"] == "/text" else b"\xff")

    async with run(application(app), **environ):
        text = (await api.invoke(http_event(path="/text")).end()).json
        binary = (await api.invoke(http_event(path="/binary")).end()).json
    head = {"statusCode": 200, "headers": {"content-type": "text/event-stream"}, "cookies": ["a=1"]}
    assert text == {**head, "body": "data: café\n\n", "isBase64Encoded": False}
    assert binary == {**head, "body": "ZGF0YTogY2Fmw/8=", "isBase64Encoded": True}


async def test_the_module_runs_the_application_that_its_argument_names(api: FakeRuntimeApi, tmp_path: Path) -> None:
    tmp_path.joinpath("handler.py").write_text(
        "from tests.integration.lambda_stream.apps import application, hello\napp = application(hello)\n"
    )
    command = (sys.executable, "-m", "ai_gateway.runtime.lambda_stream", "handler:app")
    environ = {
        **os.environ,
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "PYTHONPATH": os.pathsep.join((str(tmp_path), str(Path.cwd()))),
    }
    process = await asyncio.create_subprocess_exec(*command, env=environ)
    assert (await api.invoke(http_event()).end()).content == b"hello"
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 5) == 0


async def test_the_loop_imports_nothing_beyond_the_standard_library() -> None:
    program = (
        "import sys, ai_gateway.runtime.lambda_stream.__main__;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-c",
        f"import sys; sys.path.insert(0, {str(LAYER)!r}); {program}",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0
    assert output.decode().split() == ["__main__", "ai_gateway"]
