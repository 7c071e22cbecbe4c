import { apiErrorSchema } from '../protocol/api-errors.ts';
import {
  clientMessageSchema,
  serverMessageSchema,
  videoAckSchema,
  videoHeaderSchema,
} from '../protocol/remote-messages.ts';
import type { Route } from '../remote/api/route.ts';
import { jsonSchemaOf, messagesOf } from './schema-words.ts';

const information = { title: 'The car', version: '1', license: { name: 'MIT', identifier: 'MIT' } };

const refused = {
  description: 'Refused, and why',
  content: { 'application/json': { schema: jsonSchemaOf(apiErrorSchema, 'output') } },
};

/** OpenAPI 3.1 of everything below /api/. @see https://spec.openapis.org/oas/v3.1.0 */
export function openApiDocument(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of sorted(routes)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: information,
    components: { responses: { refused }, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }, {}],
    paths,
  };
}

function operation(route: Route): object {
  const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
  // What the address holds is text; the schema says what it must mean.
  const asked =
    route.querySchema === undefined ? [] : Object.entries(jsonSchemaOf(route.querySchema, 'output').properties ?? {});
  return {
    summary: route.summary,
    'x-least-role': route.leastRole,
    'x-while-armed': route.whileArmed,
    ...(names.length + asked.length > 0 && {
      parameters: [
        ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
        ...asked.map(([name, schema]) => ({ name, in: 'query', required: false, schema })),
      ],
    }),
    ...(route.bodySchema !== undefined && {
      requestBody: { content: { 'application/json': { schema: jsonSchemaOf(route.bodySchema, 'input') } } },
    }),
    responses: {
      200: {
        description: 'Done',
        ...(route.answerSchema !== undefined && {
          content: { 'application/json': { schema: jsonSchemaOf(route.answerSchema, 'output') } },
        }),
      },
      default: { $ref: '#/components/responses/refused' },
    },
  };
}

export function sorted(routes: readonly Route[]): Route[] {
  return [...routes].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.method < b.method ? -1 : 1));
}

/** AsyncAPI 3 of the two WebSockets. @see https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export function asyncApiDocument(): object {
  const toCar = messagesOf(clientMessageSchema, 'input');
  const fromCar = messagesOf(serverMessageSchema, 'output');
  const named = (prefix: string, messages: typeof toCar) =>
    Object.fromEntries(messages.map(({ kind, schema }) => [`${prefix}-${kind}`, { name: kind, payload: schema }]));
  const references = (channel: string, names: readonly string[]) =>
    names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` }));
  const control = { ...named('to-car', toCar), ...named('from-car', fromCar) };
  const video = {
    picture: {
      name: 'picture',
      contentType: 'application/octet-stream',
      summary: 'Length of the header as u32, little-endian; the header, JSON by this schema; the JPEG.',
      payload: jsonSchemaOf(videoHeaderSchema, 'output'),
    },
    ack: { name: 'ack', payload: jsonSchemaOf(videoAckSchema, 'input') },
  };
  const operations = (action: 'send' | 'receive', channel: string, names: readonly string[]) => ({
    action,
    channel: { $ref: `#/channels/${channel}` },
    messages: references(channel, names),
  });
  return {
    asyncapi: '3.0.0',
    info: information,
    defaultContentType: 'application/json',
    channels: {
      control: { address: '/ws/control', messages: control },
      video: { address: '/ws/video', messages: video },
    },
    // As AsyncAPI has it: what the described application, the car, sends and receives.
    operations: {
      hearControl: operations('receive', 'control', Object.keys(named('to-car', toCar))),
      tellControl: operations('send', 'control', Object.keys(named('from-car', fromCar))),
      sendPicture: operations('send', 'video', ['picture']),
      hearAcknowledgement: operations('receive', 'video', ['ack']),
    },
  };
}
