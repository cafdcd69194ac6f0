/** What a machine says of itself, as names and values in one list, however deep it lies. */
import type { Format } from '../../design/format.ts';

/**
 * @param names the words for the members that are known; others are called as the machine calls them
 * @returns pairs with unique names; each thing of a list, such as a GPU, is one pair: `GPU 1`
 */
export function factsOf(
  facts: Record<string, unknown>,
  names: Record<string, string>,
  format: Pick<Format, 'bytes' | 'number'>,
): [name: string, value: string][] {
  return Object.entries(facts).flatMap(([key, value]): [string, string][] => {
    const name = names[key] ?? key;
    if (Array.isArray(value)) return value.map((each, index) => [`${name} ${index + 1}`, inOneLine(each, format)]);
    if (typeof value === 'object' && value !== null) return [[name, inOneLine(value, format)]];
    return isSaid(value) ? [[name, written(key, value, format)]] : [];
  });
}

/** The values of a thing of which its name or size says what they are; its place in a list is already told. */
function inOneLine(thing: unknown, format: Pick<Format, 'bytes' | 'number'>): string {
  if (typeof thing !== 'object' || thing === null) return String(thing);
  return Object.entries(thing)
    .filter(([key, value]) => key !== 'index' && isSaid(value))
    .map(([key, value]) => written(key, value, format))
    .join(', ');
}

function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '';
}

/** Sizes by the unit that their name ends with, as the agent sends them. */
function written(key: string, value: unknown, format: Pick<Format, 'bytes' | 'number'>): string {
  if (typeof value !== 'number') return String(value);
  if (/bytes$/i.test(key)) return format.bytes(value);
  if (/mib$/i.test(key)) return format.bytes(value * 1024 ** 2);
  return format.number(value);
}
