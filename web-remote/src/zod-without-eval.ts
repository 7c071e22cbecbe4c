import { z } from 'zod';

// zod speeds itself up with `new Function`, which the page's content policy forbids. It decides when a schema is built,
// so this module has to be imported before every other.
z.config({ jitless: true });
