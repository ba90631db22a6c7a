// Lists, chats, streams and asks for n choices with the npm packages `openai` and `ai`, against a running server.
// Run by bench/serve_clients.py, in a folder whose node_modules holds openai, ai and @ai-sdk/openai-compatible.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const require = createRequire(process.cwd() + "/x.js");
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const baseURL = process.argv[2];
const messages = [{ role: "user", content: "Names for a bakery run by robots" }];
const check = (what, good) => console.log(`${good ? "ok" : "FAILED"} ${what}`);

const { default: OpenAI } = await load("openai");
const client = new OpenAI({ baseURL, apiKey: "any" });
const listed = [];
for await (const model of client.models.list()) listed.push(model.id);
check("npm openai: models", listed.includes("brainstorm"));
const whole = await client.chat.completions.create({ model: "brainstorm", messages });
check("npm openai: chat", /^12\. /m.test(whole.choices[0].message.content));
let text = "", usage = null;
const stream = await client.chat.completions.create({ model: "brainstorm", messages, stream: true, stream_options: { include_usage: true } });
for await (const chunk of stream) { text += chunk.choices[0]?.delta?.content ?? ""; usage = chunk.usage ?? usage; }
check("npm openai: stream", text.includes("**Best first**") && usage.total_tokens > 0);
const many = await client.chat.completions.create({ model: "brainstorm", messages, n: 5 });
check("npm openai: n choices", new Set(many.choices.map((c) => c.message.content)).size === 5);
const response = await client.responses.create({ model: "brainstorm/quick", input: messages[0].content });
check("npm openai: responses", /^5\. /m.test(response.output_text));
const refused = await client.chat.completions.create({ model: "none", messages }).catch((e) => e);
check("npm openai: error", refused.status === 404 && refused.code === "model_not_found");

const { generateText, streamText } = await load("ai");
const { createOpenAICompatible } = await load("@ai-sdk/openai-compatible");
const model = createOpenAICompatible({ name: "brainstorm", baseURL, apiKey: "any", includeUsage: true })("brainstorm");
const said = await generateText({ model, prompt: messages[0].content });
check("npm ai: chat", /^12\. /m.test(said.text) && said.usage.totalTokens > 0);
let streamed = "";
for await (const part of streamText({ model, prompt: messages[0].content }).textStream) streamed += part;
check("npm ai: stream", streamed.includes("**Best first**"));
