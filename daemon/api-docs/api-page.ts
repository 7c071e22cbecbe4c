import { apiErrorCodes } from '../protocol/api-errors.ts';
import type { ClientMessage, ServerMessage } from '../protocol/remote-messages.ts';
import {
  clientMessageSchema,
  serverMessageSchema,
  videoAckSchema,
  videoHeaderSchema,
} from '../protocol/remote-messages.ts';
import { troubleCodes } from '../protocol/troubles.ts';
import type { Route } from '../remote/api/route.ts';
import { sorted } from './api-documents.ts';
import { fieldRows, jsonSchemaOf, type MessageSchema, messagesOf, words } from './schema-words.ts';

/** A message without its words here does not compile. */
const wordsToCar: Readonly<Record<ClientMessage['kind'], string>> = {
  drive:
    'The stick, at most 36 a second. `sequence` grows; both times are of your own clock, which may start anywhere.',
  arm: 'Arm. Refused with every reason (`arming-refused`) while something stands in the way.',
  'set-mode': 'While armed: you drive, or the car does.',
  disarm: 'Disarm.',
  stop: 'Stop, and stay stopped. Every paired device may say it, whoever drives.',
  'release-stop': 'End that stop. The car is disarmed then.',
  'reset-simulated-car': 'Put the simulated car back at its start; only while it is disarmed.',
  'take-over': 'Become the driver. The car passes through neutral.',
  'ask-to-drive': 'Ask whoever drives for the wheel; the driver hands over, or does not.',
  'hand-over': 'Give the wheel to the one who asked for it.',
  ping: 'Answered with `pong`. A driver that says nothing for a second has lost the wheel: ping every 500 ms or more often.',
};
const wordsFromCar: Readonly<Record<ServerMessage['kind'], string>> = {
  welcome:
    'First of all, and again whenever you begin or cease to be the driver. `othersDrove`: whoever held the wheel last was not you, nor your connection of before with the same `client`.',
  telemetry: 'Ten times a second, all that is known of the car.',
  'telemetry-history':
    'Once, behind the first `welcome`: the last minute before you came, at most four samples a second, column by column, oldest first; `null` where something was not known, and no column where it never was. Does not come from a car that has just started.',
  event: 'Something happened that people should know.',
  'arming-refused': 'The answer to `arm` when something stands in the way, with all of it.',
  refused: 'What you asked for was not done, and why.',
  'asked-to-drive': 'Somebody who watches asks you, the driver, for the wheel.',
  pong: "The answer to `ping`: your time, and the car's.",
};

const listed = (codes: readonly string[]): string => codes.map((code) => `\`${code}\``).join(', ');

const introduction = `# The car's API

Written by \`npm run docs:api\` from the schemas that the car itself checks with; the same as
[OpenAPI](openapi.json) (HTTP) and [AsyncAPI](asyncapi.json) (WebSockets). Two programs of some thirty lines that let the car drive a
lap: [in Node](examples/drive-a-lap.mjs) and [in Python](examples/drive_a_lap.py).

A typed client for TypeScript, the one that the phone's page itself uses, lies in [\`daemon/protocol\`](../daemon/protocol):
\`CarApi\` (HTTP), \`openCarLink\` (control; connects again by itself) and \`openCarPictures\` (video). A WebSocket and a clock are given to it, so
it runs in browsers and in Node.

Units stand in the names; positive steering is left, positive throttle forward, both in [-1, 1] (REP-103).

## Getting in

A car that listens on its own machine alone (as it does unless \`--host\` says otherwise) asks for nothing. Else a program needs a
token: \`POST /api/pair\` with the code that the car shows and \`"as": "program"\` answers with one; send it as
\`Authorization: Bearer TOKEN\`, with WebSockets too. Where no header can be sent, \`POST /api/ticket\` gives a stand-in for the
URL (\`?ticket=…\`), good once and for five seconds.
A *viewer* sees everything and may stop the car; a *driver* may also drive and change it.

## HTTP

Bodies and answers are JSON. What is refused is answered with \`{"error":{"code","text"}}\`: 401 unpaired, 403 role, 409 while the car is
armed, 422 for a value that does not fit, with the reason. \`trouble\` beside them is the reason by its own code, with the names and numbers
in its sentence: for programs, and for pages in other languages.

\`code\` is one of ${listed(apiErrorCodes)}.

That of \`trouble\`, here and in events, obstacles and warnings: ${listed(troubleCodes)}.
`;

const video = `## Video

\`/ws/video\` sends pictures as binary messages: the length of a header (u32, little-endian), the header as JSON, the JPEG. The next picture
comes when you have acknowledged the last one (\`{"kind":"ack","frameId":…}\`), and is then the newest there is: a slow link sees fewer
pictures, and smaller ones, never older ones. \`heldMs\` in the acknowledgement says how long you had the picture, so that a slow program is not
taken for a slow link. The plan comes with pictures of the full size alone; telemetry always has it. Telemetry is held back from a program that
does not keep up, and numbers are told to the thousandth.

With \`?encoding=deflate\` on either WebSocket, a slow link carries less than half as much beside the pictures: telemetry comes as a binary
message, its JSON in zlib's format (RFC 1950), and where the link is not quick so does the header of a picture. That one begins with the byte 0x78
then, instead of a brace.

\`GET /video.mjpg\` is MJPEG for programs that know nothing else (OpenCV, ffmpeg, VLC): each new picture once, at the rate at which they
come. \`?size=medium\`, \`small\` or \`tiny\` for less. The network's buffers may make it older than \`/ws/video\` would be.
`;

/** docs/api.md. */
export function apiPage(routes: readonly Route[]): string {
  return [
    introduction,
    ...sorted(routes).map(routeSection),
    '## Control: `/ws/control`\n\nJSON text both ways, each message with its `kind`.\n',
    '### To the car\n',
    ...messagesOf(clientMessageSchema, 'input').map((message) => messageSection(message, wordsToCar)),
    '### From the car\n',
    ...messagesOf(serverMessageSchema, 'output').map((message) => messageSection(message, wordsFromCar)),
    video,
    `### The header of a picture\n\n${table(fieldRows(jsonSchemaOf(videoHeaderSchema, 'output')))}`,
    `### The acknowledgement\n\n${table(fieldRows(jsonSchemaOf(videoAckSchema, 'input')))}`,
  ].join('\n');
}

function routeSection(route: Route): string {
  const who = route.leastRole === 'none' ? 'anyone' : `a ${route.leastRole}`;
  const state = route.whileArmed === 'refused' ? ', while the car is disarmed' : '';
  const body = route.bodySchema === undefined ? '' : `\nBody: ${words(jsonSchemaOf(route.bodySchema, 'input'))}\n`;
  const query =
    route.querySchema === undefined ? '' : `\nBehind the \`?\`: ${words(jsonSchemaOf(route.querySchema, 'output'))}\n`;
  const answer =
    route.answerSchema === undefined ? '' : `\nAnswer: ${words(jsonSchemaOf(route.answerSchema, 'output'))}\n`;
  return `### ${route.method} ${route.path}\n\n${route.summary} For ${who}${state}.\n${query}${body}${answer}`;
}

function messageSection({ kind, schema }: MessageSchema, meanings: Readonly<Record<string, string>>): string {
  return `#### ${kind}\n\n${meanings[kind]}\n\n${table(fieldRows(schema))}`;
}

function table(rows: readonly string[]): string {
  return rows.length === 0 ? '' : `| field | what it may be |\n|---|---|\n${rows.join('\n')}\n`;
}
