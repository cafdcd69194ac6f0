/** Choices as cards: native radio buttons or checkboxes, each with what it would leave and from which price. */
import type { Currency } from '@muster/common/money';
import type { Schemas } from '@muster/contract/client';
import { type ReactNode, useId } from 'react';
import { useFormat } from '../../../design/format.ts';
import { useText } from '../../../messages/index.ts';
import classes from './wizard.module.css';

type Dimension = Schemas['QuotePreview']['choices'][number]['dimension'];

/** What choosing an option would leave. */
export interface Left {
  workers: number;
  fromMicroUsdPerDeviceHour: string | null;
}

/** What each choice would leave, as the last preview has it; undefined as long as there is none. */
export function leftOf(preview: Schemas['QuotePreview'] | undefined, dimension: Dimension) {
  const options = preview?.choices.find((each) => each.dimension === dimension)?.options;
  const known = new Map(options?.map((option) => [option.value, option]));
  return (value: string): Left | undefined =>
    options && (known.get(value) ?? { workers: 0, fromMicroUsdPerDeviceHour: null });
}

export interface Option<Value extends string> {
  value: Value;
  label: ReactNode;
  hint?: ReactNode;
  left?: Left | undefined;
}

interface OptionsProps<Value extends string> {
  legend: string;
  options: readonly Option<Value>[];
  /** One is a group of radio buttons, a list is a group of checkboxes. */
  value: Value | readonly Value[];
  onChange: (value: Value, checked: boolean) => void;
  currency: Currency;
  /** The least width of a card. */
  least?: string;
}

export function Options<Value extends string>(props: OptionsProps<Value>) {
  const { legend, options, value, onChange, currency, least } = props;
  const name = useId();
  const several = typeof value !== 'string';
  return (
    <fieldset className={classes.group} style={least ? ({ '--least': least } as React.CSSProperties) : undefined}>
      <legend className={classes.legend}>{legend}</legend>
      <div className={classes.options}>
        {options.map((option) => {
          const checked = several ? value.includes(option.value) : value === option.value;
          return (
            <label key={option.value} className={classes.option} data-checked={checked || undefined}>
              <input
                type={several ? 'checkbox' : 'radio'}
                name={name}
                value={option.value}
                checked={checked}
                onChange={(event) => onChange(option.value, event.currentTarget.checked)}
              />
              <span className={classes.optionText}>
                {option.label}
                {option.hint && <span className={classes.hint}>{option.hint}</span>}
                {option.left && <WhatIsLeft left={option.left} currency={currency} />}
              </span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}

function WhatIsLeft({ left, currency }: { left: Left; currency: Currency }) {
  const text = useText('wizard').option;
  const format = useFormat();
  return (
    <span className={classes.left} data-none={left.workers === 0 || undefined}>
      {text.workers(left.workers)}
      {left.fromMicroUsdPerDeviceHour !== null &&
        ` · ${text.from(format.money(left.fromMicroUsdPerDeviceHour, currency))}`}
    </span>
  );
}

/** A list with a value taken in or out. */
export function toggled<Value>(list: readonly Value[], value: Value, chosen: boolean): Value[] {
  return chosen ? [...list.filter((each) => each !== value), value] : list.filter((each) => each !== value);
}
