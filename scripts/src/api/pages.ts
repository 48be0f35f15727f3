import { z } from 'zod';
import { call } from './call.js';

const LARGEST_PAGE = 200;

/** Every row of a list, page after page. */
export async function allOf<S extends z.ZodType<{ id: string }>>(
  list: string,
  token: string,
  row: S,
  signal?: AbortSignal,
): Promise<z.infer<S>[]> {
  const page = z.object({ data: z.array(row), has_more: z.boolean() });
  const rows: z.infer<S>[] = [];
  for (;;) {
    const url = new URL(list);
    url.searchParams.set('limit', String(LARGEST_PAGE));
    const last = rows.at(-1);
    if (last !== undefined) url.searchParams.set('starting_after', last.id);
    const { body } = await call({ method: 'GET', url: url.href, token, answer: page, ...(signal && { signal }) });
    rows.push(...body.data);
    if (!body.has_more) return rows;
  }
}
