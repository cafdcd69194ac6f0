/** The small things that every schema is made of: ids, instants, money, names, pages. */
import { currencies, type IdKind, idPattern, idPrefixes } from '@muster/common';
import { z } from 'zod';

/** ISO 8601 on the wire, `Date` inside. */
export const Instant = z
  .codec(z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-01-31T12:00:00Z' }), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  })
  .meta({ id: 'Instant', description: 'An instant, ISO 8601 with an offset.', pattern: undefined });

const integerText = (pattern: RegExp, message: string) =>
  z.codec(z.string().regex(pattern, message), z.bigint(), { decode: BigInt, encode: String });

/** Money: a decimal integer of micro-units as a string on the wire, `bigint` inside. */
export const MicroUsd = integerText(/^-?\d{1,18}$/, 'must be a whole number of micro-units as a string').meta({
  id: 'MicroUsd',
  description: 'Money in micro-units (1 USD is 1000000), a whole number as a string.',
  example: '1500000',
});

/** Money that a caller names: more than nothing, at most 1 000 000 000 USD. */
export const PositiveMicroUsd = integerText(
  /^[1-9]\d{0,14}$/,
  'must be a whole, positive number of micro-units as a string, at most 15 digits',
).meta({
  id: 'PositiveMicroUsd',
  description: 'A positive amount in micro-units (1 USD is 1000000), as a string.',
  example: '1500000',
});

/** As `PositiveMicroUsd`, or nothing. */
export const NonNegativeMicroUsd = integerText(
  /^(0|[1-9]\d{0,14})$/,
  'must be a whole number of micro-units as a string, zero or more',
).meta({
  id: 'NonNegativeMicroUsd',
  description: 'An amount in micro-units (1 USD is 1000000), as a string; not negative.',
  example: '1500000',
});

/** A number that only grows, too large for JSON's numbers. */
export const Sequence = integerText(/^\d{1,18}$/, 'must be a whole number as a string').meta({
  id: 'Sequence',
  description: 'A sequence number, as a string.',
  example: '123456789012',
});

export const Currency = z.enum(currencies).meta({
  id: 'Currency',
  description:
    '`USD` is money. `SIM` is what simulated workers cost, `PTS` are reward points: neither is ever paid out.',
});

/** The id of one kind of thing, as a named component: `ClusterId`. */
const idOf = (kind: IdKind, name: string) =>
  z
    .string()
    .regex(idPattern(kind), `must be an id that begins with ${idPrefixes[kind]}_`)
    .meta({ id: name, example: `${idPrefixes[kind]}_01k0000000000000000000000a` });

export const OrganizationId = idOf('organization', 'OrganizationId');
export const PersonId = idOf('person', 'PersonId');
export const ApiKeyId = idOf('apiKey', 'ApiKeyId');
export const SessionId = idOf('session', 'SessionId');
export const PoolId = idOf('pool', 'PoolId');
export const WorkerId = idOf('worker', 'WorkerId');
export const DeviceId = idOf('device', 'DeviceId');
export const EnrolmentTokenId = idOf('enrolmentToken', 'EnrolmentTokenId');
export const AttestationId = idOf('attestation', 'AttestationId');
export const QuoteId = idOf('quote', 'QuoteId');
export const ClusterId = idOf('cluster', 'ClusterId');
export const LeaseId = idOf('lease', 'LeaseId');
export const TaskId = idOf('task', 'TaskId');
export const InvoiceId = idOf('invoice', 'InvoiceId');

/** A name that a person gives: one line, without control characters. */
export const nameOf = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{C}]*$/u, 'must be one line without control characters');

/** Why someone does something, for the timeline. */
export const Reason = nameOf(200);

export const Country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be a country code of ISO 3166-1, such as DE')
  .meta({ id: 'Country', description: 'A country by its ISO 3166-1 alpha-2 code.', example: 'DE' });

export const Region = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/, 'must be a region such as europe')
  .meta({ id: 'Region', description: 'A region of the world, as `GET /countries` lists them.', example: 'europe' });

export const ModelId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,79}$/, 'must be the id of a hardware model, such as nvidia-h100-80gb-sxm')
  .meta({
    id: 'ModelId',
    description: 'A hardware model, as `GET /models` lists them.',
    example: 'nvidia-h100-80gb-sxm',
  });

/** A whole number in a query, as digits. */
export const wholeNumber = (least: number, most: number) =>
  z
    .codec(z.string().regex(/^-?\d{1,9}$/, 'must be a whole number'), z.number().int().min(least).max(most), {
      decode: Number,
      encode: String,
    })
    .meta({ type: 'integer', pattern: undefined, minimum: least, maximum: most });

/** A flag in a query: `true` or `false`. */
export const Flag = z
  .codec(z.enum(['true', 'false'], { error: 'must be true or false' }), z.boolean(), {
    decode: (text) => text === 'true',
    encode: (flag) => (flag ? ('true' as const) : ('false' as const)),
  })
  .meta({ type: 'boolean', enum: undefined });

/** A member of a query that has a default; the document names it, though on the wire it is text. */
export const orElse = <Member extends z.ZodType>(member: Member, fallback: z.core.util.NoUndefined<z.output<Member>>) =>
  member.default(fallback).meta({ default: fallback });

/** A list in a query: the parameter repeated, once per item. */
export const listOf = <Item extends z.ZodType>(item: Item, most: number) =>
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).min(1).max(most));

export const Cursor = z
  .string()
  .regex(/^[\w-]{1,140}$/, 'must be the nextCursor of the page before')
  .describe('The `nextCursor` of the page before; none for the first page.');

/** The query members of every list. */
export const page = {
  cursor: Cursor.optional(),
  limit: orElse(wholeNumber(1, 200), 50).describe('How many items at most.'),
};
export const Page = z.strictObject(page);

/** A page of a list, as a named component. */
export const pageOf = <Item extends z.ZodType>(id: string, item: Item) =>
  z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable().describe('Where the next page begins; null at the end.'),
    })
    .meta({ id });

/** A whole list that is short by nature, as a named component. */
export const listAnswer = <Item extends z.ZodType>(id: string, item: Item) =>
  z.object({ items: z.array(item) }).meta({ id });

/** A day, such as 2026-01-31, in UTC. */
export const Day = z.iso.date({ error: 'must be a day such as 2026-01-31' }).meta({ pattern: undefined });

/** A span of time in a query; the domain has its defaults. */
export const span = { from: Instant.optional(), to: Instant.optional() };

/** Anything, in a JSON object: for members that only programs of one kind understand. */
export const JsonObject = z.record(z.string(), z.unknown());
