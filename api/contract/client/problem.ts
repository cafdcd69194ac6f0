/** A refusal, as a program sees it: the code to switch over, the sentence to show, the fix to offer. */
import type { components } from './public.d.ts';

type Document = components['schemas']['Problem'];
export type ErrorCode = Document['code'];

/** What every failed call throws. */
export class Problem extends Error {
  override name = 'Problem';
  readonly code: ErrorCode;
  /** The HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  readonly title: string;
  readonly fix: string | undefined;
  readonly requestId: string | undefined;
  /** Whatever else the document has: `fields`, `exclusions`, `nearest`, … */
  readonly details: Omit<Partial<Document>, 'type' | 'title' | 'status' | 'detail' | 'code' | 'fix' | 'requestId'>;

  constructor(document: Partial<Document> & { code: ErrorCode; status: number }, cause?: unknown) {
    const { type: _, title, status, detail, code, fix, requestId, ...details } = document;
    super(detail ?? title ?? code, { cause });
    this.code = code;
    this.status = status;
    this.title = title ?? code;
    this.fix = fix;
    this.requestId = requestId;
    this.details = details;
  }
}

/** The problem that an answer tells of; an answer that is not ours, such as a proxy's page, becomes one by its status. */
export async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  const text = await response.text().catch(() => '');
  if (response.headers.get('content-type')?.includes('json')) {
    try {
      const document = JSON.parse(text) as Document;
      if (typeof document.code === 'string') return new Problem({ ...document, status });
    } catch {
      // Cut off on its way: told by its status below.
    }
  }
  const code = status === 429 ? 'rate_limited' : status === 503 ? 'unavailable' : 'bad_gateway';
  return new Problem({ code, status, detail: `The server answered ${status} without saying why.` });
}

/** There was no answer at all. */
export function unreachable(url: string, cause: unknown): Problem {
  return new Problem(
    {
      code: 'unavailable',
      status: 0,
      title: 'Muster cannot be reached',
      detail: `${new URL(url).origin} cannot be reached.`,
      fix: 'Check the address, and that Muster is running.',
    },
    cause,
  );
}
