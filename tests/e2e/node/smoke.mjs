// What an application in Node does: base URL and key changed, an answer, a stream, a tool call, an error.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.env.BASE_URL, apiKey: process.env.API_KEY, maxRetries: 0 });
const messages = [{ role: "user", content: "Say hello" }];
const tool = { type: "function", function: { name: "greet", parameters: { type: "object", properties: {} } } };

const whole = await client.chat.completions.create({ model: "claude-4.5-haiku", messages });
const stream = await client.chat.completions.create({ model: "gemini-2.5-flash/google", messages, stream: true });
let streamed = "";
for await (const chunk of stream) streamed += chunk.choices[0]?.delta?.content ?? "";
const called = await client.chat.completions.create({
  model: "gpt-4o-mini",
  messages,
  tools: [tool],
  tool_choice: "required",
});
const failure = await client.chat.completions.create({ model: "gpt-4o-mimi", messages }).catch((error) => error);

console.log(
  JSON.stringify({
    whole: whole.choices[0].message.content,
    streamed,
    called: called.choices[0].message.tool_calls[0].function.name,
    failure: { status: failure.status, type: failure.type, isNotFound: failure instanceof OpenAI.NotFoundError },
  }),
);
