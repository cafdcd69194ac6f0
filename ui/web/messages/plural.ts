/** Plural forms in messages, by the language's own rules (Unicode CLDR, by `Intl.PluralRules`). */
import type { Language } from './index.ts';

/**
 * A function that picks the form for a number and writes the number for `#`.
 *
 * @example plural(2, { one: '# worker', other: '# workers' }) // '2 workers'
 */
export function pluralOf(language: Language) {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (count: number, forms: { zero?: string; one: string; other: string }): string => {
    const form =
      count === 0 && forms.zero !== undefined ? forms.zero : rules.select(count) === 'one' ? forms.one : forms.other;
    return form.replaceAll('#', numbers.format(count));
  };
}
