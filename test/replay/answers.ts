import type { Json } from './json.js';
import { parseOrText, valueAt } from './json.js';
import type { Session } from './session.js';

/** One of several requests at the same time, as it was recorded. */
interface Sent {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly said: string;
}

/** `[port, method, path, status, body, ms]`; where all did the same, `[port, what, status, body, ms]`. */
function parse(answer: Json, same: { readonly method: string; readonly path: string } | undefined): Sent {
  const parts: readonly Json[] = Array.isArray(answer) ? answer : [];
  const [method, path] = same === undefined ? [String(parts[1]), String(parts[2])] : [same.method, same.path];
  const [status, body] = parts.slice(-3);
  return { port: Number(parts[0]), method, path, said: said(Number(status), parseOrText(String(body))) };
}

const said = (status: number, body: Json) => `${status} ${String(valueAt(body, 'error.reason') ?? '')}`.trim();

/** Between the first request and those that came while it ran. */
const headStartMs = 10;

/** Sends requests at the same time, the one to the first node a moment earlier, and compares what all of them answered. */
export async function replayAnswers(
  session: Session,
  recorded: readonly Json[],
  same: { readonly method: string; readonly path: string } | undefined,
): Promise<readonly string[]> {
  const sent = recorded.map((answer) => parse(answer, same)).sort((left, right) => left.port - right.port);
  const answered = sent.map(async ({ method, path }, index) => {
    if (index > 0) await new Promise((resolve) => setTimeout(resolve, headStartMs));
    const { status, body } = await session.send(method, path);
    return said(status, body);
  });
  const [wanted, found] = [sent.map((one) => one.said), await Promise.all(answered)];
  return JSON.stringify(wanted) === JSON.stringify(found) ? [] : [`answers: recorded ${wanted.join(' | ')}, now ${found.join(' | ')}`];
}
