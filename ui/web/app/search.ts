/** The query string of the address: plain text, so that people can read and share it; filters and tabs live there. */

export type Search = Record<string, string | string[] | undefined>;

export function parseSearch(query: string): Search {
  const parameters = new URLSearchParams(query);
  // Not by assignment: a parameter may be named `__proto__`.
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '') parameters.append(name, String(each));
    }
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}

/** One value of a parameter that may be repeated. */
export function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** All values of a parameter. */
export function many(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
