"""The gateway on Lambda: streamed by the loop that `stream` starts, in one piece where nothing can stream."""

from ai_gateway.runtime.aws.gateway import create_app
from ai_gateway.runtime.lambda_stream import BufferedHandler

app = create_app()
handler = BufferedHandler(app)
