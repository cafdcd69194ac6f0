/**
 * The message catalogue: every text that a person reads, by language and area. English is the original; another language
 * has the same keys, or it does not compile. An area's texts are loaded with its pages.
 */
import { useSyncExternalStore } from 'react';
import type { admin } from './en/admin.ts';
import type { common } from './en/common.ts';
import type { console as consoleTexts } from './en/console.ts';
import type { parts } from './en/parts.ts';
import type { portal } from './en/portal.ts';
import type { site } from './en/site.ts';
import type { wizard } from './en/wizard.ts';

export interface Messages {
  common: typeof common;
  site: typeof site;
  console: typeof consoleTexts;
  /** The largest page of the console has texts of its own. */
  wizard: typeof wizard;
  portal: typeof portal;
  admin: typeof admin;
  parts: typeof parts;
}
export type Area = keyof Messages;

/** The languages, each by its own name. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

const files = import.meta.glob<Partial<Messages>>('./*/*.ts');
const loaded: Record<Language, Partial<Messages>> = { en: {}, de: {} };
const wanted = new Set<Area>();
const listeners = new Set<() => void>();
const storageKey = 'muster.language';

let language: Language = initialLanguage();
document.documentElement.lang = language;

function initialLanguage(): Language {
  const known = (code: string | null) => Object.keys(languages).find((each) => each === code?.slice(0, 2));
  const found = [localStorage.getItem(storageKey), ...navigator.languages].map(known).find(Boolean);
  return (found ?? 'en') as Language;
}

/** Loads an area's texts in the language of the reader; the pages of an area wait for it. */
export async function loadMessages(...areas: Area[]): Promise<void> {
  for (const area of areas) wanted.add(area);
  await load(language, areas);
}

async function load(into: Language, areas: Iterable<Area>): Promise<void> {
  await Promise.all(
    [...areas].map(async (area) => {
      if (loaded[into][area]) return;
      const file = await files[`./${into}/${area}.ts`]!();
      Object.assign(loaded[into], { [area]: file[area] });
    }),
  );
}

/** Changes the language at once, and for the next visit. */
export async function setLanguage(to: Language): Promise<void> {
  await load(to, wanted);
  localStorage.setItem(storageKey, to);
  document.documentElement.lang = to;
  language = to;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, () => language);
}

/** The texts of an area. Its pages have waited for them. */
export function useText<Name extends Area>(area: Name): Messages[Name] {
  const texts = loaded[useLanguage()][area];
  if (!texts) throw new Error(`The texts of ${area} were not loaded.`);
  return texts as Messages[Name];
}

/**
 * How times, numbers and money are written: the language chosen, as it is written where the reader is (`en-GB` for who
 * chose English in a British browser).
 */
export function useLocale(): string {
  const chosen = useLanguage();
  return navigator.languages.find((each) => each.startsWith(chosen)) ?? chosen;
}
