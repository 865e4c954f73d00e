/** Every answer that is not a success, in one place: RFC 9457 problem documents with a stable code. */
import { randomUUID } from 'node:crypto';
import type { Problem, ProblemCode } from '@rnb/protocol';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { SignInUnavailable } from '../auth/sign-in-unavailable.ts';
import { NotebookDamaged, NotOwner, StorageUnavailable } from '../store/store.ts';

const kinds: Record<ProblemCode, { status: number; title: string }> = {
  unauthenticated: { status: 401, title: 'Not signed in' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict' },
  invalid: { status: 422, title: 'Invalid' },
  malformed: { status: 400, title: 'Malformed request' },
  too_large: { status: 413, title: 'Too large' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  timeout: { status: 504, title: 'Took too long' },
  not_live: { status: 409, title: 'No longer live' },
  notebook_damaged: { status: 500, title: 'Notebook damaged' },
  storage_unavailable: { status: 503, title: 'Storage unavailable' },
  unavailable: { status: 503, title: 'Unavailable' },
  internal: { status: 500, title: 'Internal error' },
};

export type Fault = NonNullable<Problem['faults']>[number];

/** An expected refusal, thrown to end a request or command; `detail` says what happened and what to do. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: ProblemCode;
  readonly faults: Fault[] | undefined;
  /** Where HTTP has a status of its own for the case (405, 415, 421). */
  readonly status: number | undefined;
  /** When it is worth trying again. */
  readonly retryAfterS: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    {
      faults,
      status,
      retryAfterS,
    }: { faults?: Fault[]; status?: number; retryAfterS?: number } = {},
  ) {
    super(detail);
    this.code = code;
    this.faults = faults;
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** What the client is told of an error; a bug is told by its id alone, under which the log has it. */
export function toProblem(error: unknown): Problem {
  const refusal = toRefusal(error);
  if (refusal) {
    const { status, title } = kinds[refusal.code];
    return {
      type: 'about:blank',
      title,
      status: refusal.status ?? status,
      code: refusal.code,
      detail: refusal.message,
      ...(refusal.faults && { faults: refusal.faults }),
    };
  }
  const id = randomUUID();
  return {
    type: 'about:blank',
    title: kinds.internal.title,
    status: kinds.internal.status,
    code: 'internal',
    detail: `Something went wrong in the server. Its log has the details under ${id}.`,
    id,
  };
}

function toRefusal(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof SignInUnavailable) return new Refusal('unavailable', error.message);
  if (error instanceof StorageUnavailable) return new Refusal('storage_unavailable', error.message);
  if (error instanceof NotOwner) return new Refusal('forbidden', error.message);
  if (error instanceof NotebookDamaged) return new Refusal('notebook_damaged', error.message);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const place =
      error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'body');
    const faults = error.validation.map((fault) => ({
      path: place + fault.instancePath.replaceAll('/', '.'),
      message: fault.message ?? 'invalid',
    }));
    const [first] = faults;
    return new Refusal('invalid', first ? `${first.path}: ${first.message}` : error.message, {
      faults,
    });
  }
  return fromFastify(error);
}

/** A refusal that names a field of the body. */
export function faultyField({ field, message }: { field: string; message: string }): Refusal {
  return new Refusal('invalid', message, { faults: [{ path: `body.${field}`, message }] });
}

/** Fastify's own refusals, which come before any handler: bodies it cannot read, media types it does not know. */
function fromFastify(error: unknown): Refusal | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null;
  switch (error.statusCode) {
    case 400:
      if ('code' in error && error.code === 'FST_ERR_BAD_URL') {
        return new Refusal('malformed', 'The address cannot be read.');
      }
      return new Refusal('malformed', 'The request cannot be read: its body must be JSON.');
    case 413:
      return new Refusal('too_large', 'The request body is too large.');
    case 414:
    case 431:
      return new Refusal('too_large', 'The address or a header is too long.', {
        status: error.statusCode,
      });
    case 415:
      return new Refusal('malformed', 'The body must be sent as application/json.', {
        status: 415,
      });
    default:
      return null;
  }
}
