import type { Readable } from 'node:stream';
import { z } from 'zod';
import { wantedBy } from '../../platform/issue-words.ts';
import type { ApiErrorCode } from '../../protocol/api-errors.ts';
import type { Role } from '../../protocol/pairing.ts';
import { type Trouble, trouble, troublesOfIssue } from '../../protocol/troubles.ts';

/** The end of a sentence: what a device with this role may do. */
export function roleInWords(role: Role): string {
  return role === 'driver' ? 'drive' : 'watch and press stop';
}

/** Who asks, as the door found out: never by anything that the request says of itself but a token of ours. */
export interface Caller {
  /** Undefined for somebody who is not paired. */
  readonly role: Role | undefined;
  /** The paired device; undefined for the unpaired and for this machine itself, which needs no pairing. */
  readonly deviceId: string | undefined;
  /** The address of the other end of the connection; undefined when it has gone meanwhile. A forwarded header never changes it. */
  readonly source: string | undefined;
  /** It says itself that it was passed on, by a proxy. That can only take rights away. */
  readonly isForwarded: boolean;
  /** It came by https. */
  readonly isSecure: boolean;
}

/** What a handler answers. Expected trouble is an `error`; what is thrown is a bug, unless it is a UserError (422). */
export type ApiAnswer =
  | { readonly kind: 'json'; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** `code` is a word for programs and for texts in other languages, `text` a sentence for people. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: ApiErrorCode;
      readonly text: string;
      /** What exactly, by its code. */
      readonly trouble?: Trouble | undefined;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** For what is long or never ends. Destroyed when the other end goes. */
  | {
      readonly kind: 'stream';
      readonly contentType: string;
      readonly stream: Readable;
      /** To be kept as a file of this name, rather than shown. */
      readonly fileName?: string;
    };

export interface ApiRequest<Body> {
  /** The parts of the path that stand for `:name` in the pattern: decoded, not empty, without slash or control character. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  readonly caller: Caller;
}

/** One endpoint. Made by `read` and `change`; the handler sees only what passed the role, the schema and the limits. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/devices/:id`: whole parts between slashes, fixed or `:named`. */
  readonly path: string;
  readonly leastRole: 'none' | Role;
  /** Whether it is refused (409) while the car is armed. */
  readonly whileArmed: 'allowed' | 'refused';
  readonly maxBodyBytes: number;
  /** One line for the reference. */
  readonly summary: string;
  /** For the reference: what the body and the query must be, and what a `json` answer is. */
  readonly bodySchema: z.ZodType | undefined;
  readonly querySchema: z.ZodType | undefined;
  readonly answerSchema: z.ZodType | undefined;
  answer(request: ApiRequest<unknown>): ApiAnswer | Promise<ApiAnswer>;
}

interface RouteOptions {
  readonly path: string;
  readonly leastRole: 'none' | Role;
  readonly summary: string;
  readonly answers?: z.ZodType;
}

/** A GET (and HEAD) endpoint. It must not change anything: any page in any browser may cause a GET. */
export function read<Asked = undefined>(
  options: RouteOptions & {
    /** What may stand behind the `?`, each key once; anything goes, and is for the handler to judge, where this is left out. */
    readonly query?: z.ZodType<Asked>;
    /** For what costs the car so much that it must not drive meanwhile. */
    readonly whileArmed?: 'refused';
    handle(request: ApiRequest<undefined>, asked: Asked): ApiAnswer | Promise<ApiAnswer>;
  },
): Route {
  const { query } = options;
  return {
    method: 'GET',
    path: options.path,
    leastRole: options.leastRole,
    whileArmed: options.whileArmed ?? 'allowed',
    maxBodyBytes: 0,
    summary: options.summary,
    bodySchema: undefined,
    querySchema: query,
    answerSchema: options.answers,
    answer(request) {
      const bare = { ...request, body: undefined };
      // Without a schema there is nothing that `Asked` could be but undefined.
      if (query === undefined) return options.handle(bare, undefined as Asked);
      const parsed = query.safeParse(Object.fromEntries(request.query));
      if (parsed.success) return options.handle(bare, parsed.data);
      return { kind: 'error', status: 422, code: 'query-unfit', text: explainIssues(parsed.error) };
    },
  };
}

const defaultMaxBodyBytes = 64 << 10;

/**
 * An endpoint that changes something. Its body is JSON that fits the schema; `noBody` for one that needs none. What
 * changes how the car is set up says `whileArmed: 'refused'`.
 */
export function change<Body>(
  options: RouteOptions & {
    readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    readonly whileArmed: 'allowed' | 'refused';
    readonly body: z.ZodType<Body>;
    /** 64 KiB unless told otherwise. */
    readonly maxBodyBytes?: number;
    handle(request: ApiRequest<Body>): ApiAnswer | Promise<ApiAnswer>;
  },
): Route {
  return {
    method: options.method,
    path: options.path,
    leastRole: options.leastRole,
    whileArmed: options.whileArmed,
    maxBodyBytes: options.maxBodyBytes ?? defaultMaxBodyBytes,
    summary: options.summary,
    bodySchema: options.body,
    querySchema: undefined,
    answerSchema: options.answers,
    answer(request) {
      const parsed = options.body.safeParse(request.body);
      if (parsed.success) return options.handle({ ...request, body: parsed.data });
      const troubles = parsed.error.issues.flatMap(troublesOfIssue);
      const text = explainIssues(parsed.error);
      return { kind: 'error', status: 422, code: 'body-unfit', text, trouble: trouble('body-unfit', {}, troubles) };
    },
  };
}

/** The body of a request that has nothing to say: absent, or `{}`. */
export const noBody: z.ZodType<Record<string, never> | undefined> = z.strictObject({}).optional();

function explainIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'what was sent'}: ${explainIssue(issue)}`).join('; ');
}

function explainIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return wantedBy(issue);
  return `there is no such key: ${issue.keys.join(', ')}`;
}
