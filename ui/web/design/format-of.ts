/** How money, time and amounts are written in a locale. */
import type { Currency } from '@muster/common/money';
import { formatMicro } from '@muster/common/money';

export interface Format {
  /** Micro-units as the contract has them → `$1.50`, or `SIM 1.50` for what is no money. At most six decimals, at least two. */
  money(micro: string | bigint, currency: Currency, options?: { digits?: number }): string;
  number(value: number, options?: Intl.NumberFormatOptions): string;
  /** 0.5 → `50%` */
  percent(fraction: number): string;
  /** Binary units: `1.5 GiB` */
  bytes(count: number): string;
  /** `2 h 5 min`; the two largest units. */
  duration(seconds: number): string;
  /** Date and time with the zone. */
  instant(at: string | Date): string;
  /** Time only. */
  time(at: string | Date): string;
  /** A day such as 2026-01-31, in UTC. */
  day(day: string): string;
  /** `3 minutes ago` */
  relative(at: string | Date, now: Date): string;
  country(code: string): string;
}

const units: [unit: Intl.RelativeTimeFormatUnit & string, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function createFormat(locale: string): Format {
  const numbers = new Intl.NumberFormat(locale);
  const instants = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' });
  const times = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const relatives = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const countries = new Intl.DisplayNames(locale, { type: 'region' });
  const currencies = new Map<string, Intl.NumberFormat>();
  const currencyFormat = (currency: Currency, digits: number | undefined) => {
    const key = `${currency}${digits}`;
    const known = currencies.get(key);
    if (known) return known;
    const made = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      minimumFractionDigits: Math.min(2, digits ?? 2),
      maximumFractionDigits: digits ?? 6,
    });
    currencies.set(key, made);
    return made;
  };
  const unit = (name: string, value: number) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);

  return {
    // As text, so that no amount passes through floating point (ECMA-402 takes decimal strings as they are).
    money: (micro, currency, { digits } = {}) =>
      currencyFormat(currency, digits).format(formatMicro(BigInt(micro)) as `${number}`),
    number: (value, options) => (options ? new Intl.NumberFormat(locale, options) : numbers).format(value),
    percent: (fraction) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(fraction),
    bytes: (count) => {
      const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), binary.length - 1);
      const value = new Intl.NumberFormat(locale, { maximumFractionDigits: power === 0 ? 0 : 1 }).format(
        count / 1024 ** power,
      );
      return `${value} ${binary[power]}`;
    },
    duration: (seconds) => {
      let rest = Math.max(0, Math.round(seconds));
      const parts: string[] = [];
      for (const [name, length] of units) {
        const count = Math.floor(rest / length);
        rest -= count * length;
        if (count > 0) parts.push(unit(name, count));
      }
      return parts.slice(0, 2).join(' ') || unit('second', 0);
    },
    instant: (at) => instants.format(new Date(at)),
    time: (at) => times.format(new Date(at)),
    day: (day) => days.format(new Date(`${day}T00:00:00Z`)),
    relative: (at, now) => {
      const seconds = (new Date(at).getTime() - now.getTime()) / 1_000;
      const [name, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
      return relatives.format(Math.round(seconds / length), name);
    },
    country: (code) => countries.of(code) ?? code,
  };
}
