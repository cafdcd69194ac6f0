/** The one way to show each small thing that recurs: money, time, ids, models, countries. */
import { ActionIcon, CopyButton, Group, Text } from '@mantine/core';
import type { Currency } from '@muster/common/money';
import type { Schemas } from '@muster/contract/client';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useText } from '../messages/index.ts';
import { useFormat } from './format.ts';
import { useNow } from './now.ts';
import classes from './parts.module.css';

interface MoneyProps {
  /** Micro-units, as the contract has them. */
  micro: string | bigint;
  currency: Currency;
  per?: 'hour' | 'deviceHour';
  /** Decimals at most; six, so that nothing is rounded, when absent. */
  digits?: number;
}

/** An amount, exact to the micro-unit unless `digits` says otherwise; the exact one is then on hover. */
export function Money({ micro, currency, per, digits }: MoneyProps) {
  const format = useFormat();
  const text = useText('common');
  const exact = format.money(micro, currency);
  const shown = format.money(micro, currency, digits === undefined ? {} : { digits });
  return (
    <span className={classes.number} title={shown === exact ? undefined : exact}>
      {shown}
      {per && <span className={classes.quiet}> {per === 'hour' ? text.perHour : text.perDeviceHour}</span>}
    </span>
  );
}

/** A span of time: `2 h 5 min`. */
export function Duration({ seconds }: { seconds: number }) {
  return <span className={classes.number}>{useFormat().duration(seconds)}</span>;
}

interface InstantProps {
  at: string | null | undefined;
  /** What stands where there is no instant. */
  none?: string;
}

/** An instant, relative to now; the absolute one on hover and to screen readers. */
export function Instant({ at, none }: InstantProps) {
  const format = useFormat();
  const now = useNow();
  if (at == null) return <span className={classes.quiet}>{none ?? '–'}</span>;
  return (
    <time className={classes.number} dateTime={at} title={format.instant(at)}>
      {format.relative(at, now)}
    </time>
  );
}

/** An id with a button that copies it; `short` shows its end only, which differs most. */
export function Id({ id, short }: { id: string; short?: boolean }) {
  const text = useText('common');
  return (
    <Group gap={2} wrap="nowrap" component="span" display="inline-flex">
      <span className={classes.id} title={id}>
        {short && id.length > 14 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id}
      </span>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={copy}
            aria-label={copied ? text.actions.copied : `${text.actions.copy}: ${id}`}
          >
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}

interface ModelProps {
  /** Of the catalogue; a name or id alone where only that is known. */
  model: Pick<Schemas['HardwareModel'], 'name' | 'memoryMb' | 'kind'> | string | null;
}

/** A hardware model with its memory. */
export function Model({ model }: ModelProps) {
  const format = useFormat();
  const text = useText('common');
  if (model === null) return <span className={classes.quiet}>{text.unknown}</span>;
  if (typeof model === 'string') return <span>{model}</span>;
  return (
    <span>
      {model.name}
      {model.kind === 'gpu' && (
        <span className={classes.quiet}> · {format.number(Math.round(model.memoryMb / 1024))} GB</span>
      )}
    </span>
  );
}

/** A country's flag and name; the code alone in narrow places. */
export function Country({ code, short }: { code: string; short?: boolean }) {
  const name = useFormat().country(code);
  return (
    <span className={classes.number} title={short ? name : undefined}>
      <span aria-hidden>{flagOf(code)} </span>
      {short ? <abbr title={name}>{code}</abbr> : name}
    </span>
  );
}

/** The regional indicators of a country code are its flag (Unicode, UTS #51). */
export function flagOf(code: string): string {
  return String.fromCodePoint(...[...code].map((letter) => 0x1f1e6 + letter.charCodeAt(0) - 65));
}

/** Quiet text beside something. */
export function Quiet({ children }: { children: React.ReactNode }) {
  return (
    <Text span size="sm" className={classes.quiet!}>
      {children}
    </Text>
  );
}

/** A command or a program, with a button that copies it. */
export function Code({ children, label }: { children: string; label: string }) {
  const text = useText('common');
  return (
    <div className={classes.code}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section tabIndex={0} aria-label={label}>
        <pre>
          <code>{children}</code>
        </pre>
      </section>
      <CopyButton value={children}>
        {({ copied, copy }) => (
          <ActionIcon
            className={classes.codeCopy!}
            variant="default"
            onClick={copy}
            aria-label={copied ? text.actions.copied : `${text.actions.copy}: ${label}`}
          >
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        )}
      </CopyButton>
    </div>
  );
}
