/** How money, time and amounts are written, in the reader's locale. Every part and page writes them through here. */
import { useLocale } from '../messages/index.ts';
import { createFormat, type Format } from './format-of.ts';

export type { Format } from './format-of.ts';

/** The most decimals of a price per device and hour, wherever it is not the exact one. */
export const priceDigits = 4;

const made = new Map<string, Format>();

/** The one format of a locale: a table has a thousand cells, and what is made of `Intl` is dear to make. */
export function useFormat(): Format {
  const locale = useLocale();
  const known = made.get(locale);
  if (known) return known;
  const format = createFormat(locale);
  made.set(locale, format);
  return format;
}
