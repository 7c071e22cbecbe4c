import { z } from 'zod';
import { parseJson } from '../platform/line-channel.ts';
import { type SimulatorAnswer, simulatorRequestSchema } from '../protocol/simulator-messages.ts';
import type { World } from './world.ts';

const withId = z.looseObject({ id: z.int() });

/** What the world answers to one line of a client. A line that is no request gets an error under its id, if it has one. */
export function answerRequest(world: World, line: string): SimulatorAnswer {
  const json = parseJson(line);
  const parsed = json.ok ? simulatorRequestSchema.safeParse(json.value) : undefined;
  if (parsed === undefined || !parsed.success) {
    const id = json.ok ? withId.safeParse(json.value) : undefined;
    const text = parsed === undefined ? 'a line that is not JSON' : z.prettifyError(parsed.error);
    return { op: 'error', id: id?.success === true ? id.data.id : -1, code: 'EINVAL', text };
  }
  const request = parsed.data;
  switch (request.op) {
    case 'view':
      return { op: 'view', id: request.id, ...world.view() };
    case 'i2c-write': {
      const answer = world.writeBus(request.address, request.register, request.bytes);
      return answer.ok
        ? { op: 'i2c', id: request.id, bytes: [] }
        : { op: 'error', id: request.id, code: answer.code, text: answer.text };
    }
    case 'i2c-read': {
      const answer = world.readBus(request.address, request.register, request.length);
      return answer.ok
        ? { op: 'i2c', id: request.id, bytes: [...answer.value] }
        : { op: 'error', id: request.id, code: answer.code, text: answer.text };
    }
  }
}
