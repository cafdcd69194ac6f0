/** What a machine says of itself, as names and values in one list, however deep it lies. */
import type { Format } from '../../design/format.ts';

/**
 * @param names the words for the members that are known; others are called as the machine calls them
 * @returns pairs with unique names: `gpus 1 name` for what lies deeper
 */
export function factsOf(
  facts: Record<string, unknown>,
  names: Record<string, string>,
  format: Pick<Format, 'bytes' | 'number'>,
): [name: string, value: string][] {
  const list: [string, string][] = [];
  const add = (name: string, key: string, value: unknown): void => {
    if (value === null || value === undefined || value === '') return;
    if (typeof value === 'object') {
      for (const [inner, each] of Object.entries(value)) {
        const word = Array.isArray(value) ? format.number(Number(inner) + 1) : (names[inner] ?? inner);
        add(name === '' ? word : `${name} ${word}`, inner, each);
      }
    } else list.push([name, written(key, value)]);
  };
  const written = (key: string, value: unknown): string => {
    if (typeof value !== 'number') return String(value);
    if (/bytes$/i.test(key)) return format.bytes(value);
    if (/mib$/i.test(key)) return format.bytes(value * 1024 ** 2);
    return format.number(value);
  };
  add('', '', facts);
  return list;
}
