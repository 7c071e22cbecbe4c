import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../platform/log.ts';
import { parseUntrustedJson } from '../../platform/untrusted-json.ts';
import { troubleOf, UserError } from '../../platform/user-error.ts';
import type { ApiErrorCode } from '../../protocol/api-errors.ts';
import { roles } from '../../protocol/pairing.ts';
import { answer, safetyHeaders } from '../http-answers.ts';
import { comesFromOtherSite } from '../request-guard.ts';
import { answerUnread } from '../unread-answer.ts';
import type { ApiAnswer, Caller, Route } from './route.ts';
import type { RouteTable } from './route-table.ts';

export interface ApiContext {
  readonly table: RouteTable;
  readonly identify: (request: IncomingMessage) => Caller;
  /** Why somebody without a role gets nowhere, and the way out. */
  readonly refusalOf: (caller: Caller) => string;
  /** Keeps note of an answer that goes on, to end it should its device be revoked; returns what to call at its end. */
  readonly hold: (deviceId: string | undefined, shut: () => void) => () => void;
  readonly isArmed: () => boolean;
  readonly log: Logger;
}

type ApiError = Extract<ApiAnswer, { kind: 'error' }>;

const refuse = (status: number, code: ApiErrorCode, text: string): ApiError => ({ kind: 'error', status, code, text });

/**
 * Answers one request below /api/ that has passed the guard of Host and Origin. Checked in this order: the page it comes
 * from, the path (404), the method (405), the role (401, 403), the car's state (409), the body's type (415), its length
 * (413), that it is JSON (400) and fits the route's schema (422).
 */
export async function answerApi(
  request: IncomingMessage,
  response: ServerResponse,
  context: ApiContext,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const match = context.table.find(request.method ?? '', path);
  if (comesFromOtherSite(request.headers)) {
    writeError(response, refuse(403, 'other-site', 'pages of other sites may not reach this car'));
  } else if (match.kind === 'no-such-path') {
    writeError(response, refuse(404, 'no-such-path', 'there is nothing here'));
  } else if (match.kind === 'wrong-method') {
    const allowed = match.allowed.join(', ');
    writeError(response, refuse(405, 'wrong-method', `only ${allowed}`), { Allow: allowed });
  } else {
    const { route, parameters } = match;
    try {
      const asker = context.identify(request);
      const sent = refuseByState(route, asker, context) ?? (await readBody(request, route));
      if ('kind' in sent) {
        if (sent.status === 413) answerUnread(request, response, { ...sent, type: jsonType, body: errorText(sent) });
        else writeError(response, sent);
        return;
      }
      // A body may take its time: meanwhile the car may have been armed, or the device revoked. A GET has none.
      const caller = route.method === 'GET' ? asker : context.identify(request);
      const late = refuseByState(route, caller, context);
      if (late !== undefined) {
        writeError(response, late);
        return;
      }
      const asked = { parameters, query: new URLSearchParams(query), body: sent.body, caller };
      const given = await route.answer(asked);
      if (given.kind === 'stream') {
        const release = context.hold(caller.deviceId, () => response.destroy());
        response.once('close', release);
      }
      await write(response, given);
    } catch (error) {
      // The other end hung up in the middle of its body: nobody is there to be answered.
      if (!request.complete && request.destroyed) response.destroy();
      else if (error instanceof UserError) {
        writeError(response, { ...refuse(422, 'refused', error.message), trouble: troubleOf(error) });
      } else {
        context.log.error({ err: error, method: route.method, path: route.path }, 'a request failed');
        writeError(response, refuse(500, 'failed', 'the car could not do that; its log says why'));
      }
    }
  }
}

function refuseByState(route: Route, caller: Caller, context: ApiContext): ApiError | undefined {
  if (route.leastRole !== 'none') {
    if (caller.role === undefined) return refuse(401, 'not-paired', context.refusalOf(caller));
    if (roles.indexOf(caller.role) < roles.indexOf(route.leastRole)) {
      return refuse(
        403,
        'role-too-low',
        `this device is paired as ${caller.role}; only a ${route.leastRole} may do that`,
      );
    }
  }
  if (route.whileArmed === 'refused' && context.isArmed()) {
    return refuse(409, 'armed', 'the car is armed: disarm it first');
  }
  return undefined;
}

async function readBody(request: IncomingMessage, route: Route): Promise<{ readonly body: unknown } | ApiError> {
  if (route.method === 'GET') return { body: undefined };
  // A form of another site can carry any body, but not this type. A DELETE needs no such proof: no form can send one.
  const type = request.headers['content-type'];
  if (type === undefined ? route.method !== 'DELETE' : !/^application\/json *(; *charset="?utf-8"?)?$/i.test(type)) {
    return refuse(415, 'not-json', 'the Content-Type must be application/json');
  }
  const tooLong = refuse(413, 'too-long', `at most ${route.maxBodyBytes} bytes, please`);
  if (Number(request.headers['content-length'] ?? 0) > route.maxBodyBytes) return tooLong;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed when the reading ends early: whoever sends too much is to hear so.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > route.maxBodyBytes) return tooLong;
    chunks.push(chunk);
  }
  if (bytes === 0) return { body: undefined };
  const json = parseUntrustedJson(Buffer.concat(chunks));
  return json.ok
    ? { body: json.value }
    : refuse(400, 'not-json', `the body is not JSON that can be used: ${json.text}`);
}

async function write(response: ServerResponse, given: ApiAnswer): Promise<void> {
  switch (given.kind) {
    case 'json':
      writeText(response, 200, jsonText(given.body), given.headers);
      return;
    case 'error':
      writeError(response, given);
      return;
    case 'stream': {
      const name = given.fileName?.replace(/[^\w.-]/g, '_');
      response.writeHead(200, {
        ...safetyHeaders,
        'Cache-Control': 'no-store',
        'Content-Type': given.contentType,
        ...(name !== undefined && { 'Content-Disposition': `attachment; filename="${name}"` }),
      });
      // The other end may go at any time: that ends the stream, and is no error of ours.
      await pipeline(given.stream, response).catch(() => response.destroy());
      return;
    }
  }
}

const jsonType = 'application/json; charset=utf-8';

function errorText({ code, text, trouble }: ApiError): string {
  return jsonText({ error: { code, text, ...(trouble !== undefined && { trouble }) } });
}

function jsonText(body: unknown): string {
  return `${JSON.stringify(body)}\n`;
}

function writeError(response: ServerResponse, error: ApiError, headers: Readonly<Record<string, string>> = {}): void {
  writeText(response, error.status, errorText(error), { ...error.headers, ...headers });
}

function writeText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, jsonType, text, { 'Cache-Control': 'no-store', ...headers });
}
