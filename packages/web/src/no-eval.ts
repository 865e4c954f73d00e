import { z } from 'zod';

// zod tries whether it may compile its parsers. The Content-Security-Policy forbids that, and asking is no small cost.
z.config({ jitless: true });
