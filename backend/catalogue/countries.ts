/** The countries of ISO 3166-1, with the region of the world that each is in, and whether it is in the EEA. */
import { continents, countries as list, type TCountryCode } from 'countries-list';

export interface Country {
  /** ISO 3166-1 alpha-2. */
  code: string;
  name: string;
  /** A continent: `europe`, `north-america`. */
  region: string;
  /** Whether GDPR data may stay there: the European Economic Area. */
  eea: boolean;
}

/** The EU's member states with Iceland, Liechtenstein and Norway: parties of the EEA Agreement (efta.int/eea). */
const eea = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(' '),
);
/** Reserved codes that are no countries of the standard. */
const reserved = new Set(['AC', 'TA', 'XK']);

export const countries: readonly Country[] = (Object.keys(list) as TCountryCode[])
  .filter((code) => !reserved.has(code))
  .sort()
  .map((code) => ({
    code,
    name: list[code].name,
    region: continents[list[code].continent].toLowerCase().replaceAll(' ', '-'),
    eea: eea.has(code),
  }));

const byCode = new Map(countries.map((country) => [country.code, country]));

export function findCountry(code: string): Country | undefined {
  return byCode.get(code);
}

/** The region that a country is in. @throws RangeError for a code that is not of ISO 3166-1 */
export function regionOf(code: string): string {
  const country = byCode.get(code);
  if (!country) throw new RangeError(`${code} is not a country of ISO 3166-1.`);
  return country.region;
}

export function isEea(code: string): boolean {
  return eea.has(code);
}
