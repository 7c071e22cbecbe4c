import { type LogPage, type LogQuery, logPageSchema, logQuerySchema } from '../../protocol/log-entries.ts';
import { type Route, read } from './route.ts';

/** What these routes want of the daemon. */
export interface LogPort {
  /** What of the log fits, oldest first. It holds nothing that opens the door. */
  read(query: LogQuery): LogPage;
}

/** The log. Not for those who only watch: it names devices, addresses and files. */
export function logRoutes(book: LogPort): Route[] {
  return [
    read({
      path: '/api/logs',
      leastRole: 'driver',
      summary: 'The newest lines of the log, oldest first; ask again with `after` for what has come since.',
      query: logQuerySchema,
      answers: logPageSchema,
      handle: (_request, asked) => ({ kind: 'json', body: book.read(asked) }),
    }),
  ];
}
