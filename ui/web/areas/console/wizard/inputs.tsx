/** Fields of the wizard that keep what is typed until it can be understood: whole numbers, amounts, command lines, variables. */
import { ActionIcon, Button, Group, NumberInput, type NumberInputProps, Stack, Text, TextInput } from '@mantine/core';
import { formatMicro, parseMicro } from '@muster/common/money';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { type ReactNode, useRef, useState } from 'react';
import { Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import type { Variable } from './draft.ts';
import { isVariableName } from './missing.ts';
import { lineOf, wordsOf } from './words.ts';

/**
 * What is typed into a field whose value is made of it. It is set anew only when the value becomes another one by
 * something else than typing.
 */
function useTyped<Value>(value: Value, show: (value: Value) => string, same = Object.is) {
  const [state, setState] = useState({ typed: show(value), value });
  if (!same(state.value, value)) setState({ typed: show(value), value });
  return {
    typed: state.typed,
    type: (typed: string, means: Value) => setState({ typed, value: means }),
    reset: () => setState({ typed: show(value), value }),
  };
}

interface WholeNumberProps extends Pick<NumberInputProps, 'label' | 'description' | 'error' | 'maw' | 'w' | 'flex'> {
  value: number;
  onChange: (value: number) => void;
  min: number;
  max: number;
}

/** A whole number between bounds; while it is none, the last one holds. */
export function WholeNumber({ value, onChange, min, max, ...props }: WholeNumberProps) {
  const { typed, type, reset } = useTyped(value, String);
  return (
    <NumberInput
      {...props}
      value={typed}
      onChange={(next) => {
        const number = Number(next);
        const valid = next !== '' && Number.isInteger(number) && number >= min && number <= max;
        type(String(next), valid ? number : value);
        if (valid) onChange(number);
      }}
      onBlur={reset}
      min={min}
      max={max}
      allowDecimal={false}
      allowNegative={false}
      hideControls
    />
  );
}

interface AmountProps {
  label: string;
  description: string;
  /** Micro-units; undefined when there is no limit. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  currency: string;
}

/** An amount of money above zero, or nothing. */
export function Amount({ label, description, value, onChange, currency }: AmountProps) {
  const text = useText('wizard');
  const { typed, type } = useTyped(value, (micro) => (micro ? formatMicro(BigInt(micro)) : ''));
  const wrong = typed !== '' && microOf(typed) === undefined;
  return (
    <TextInput
      label={label}
      description={description}
      placeholder={text.noLimit}
      value={typed}
      error={wrong && text.workers.amountError}
      inputMode="decimal"
      autoComplete="off"
      rightSection={<Text size="sm">{currency}</Text>}
      rightSectionWidth={52}
      maw={320}
      onChange={(event) => {
        const micro = microOf(event.currentTarget.value);
        type(event.currentTarget.value, micro);
        onChange(micro);
      }}
    />
  );
}

function microOf(typed: string): string | undefined {
  try {
    // A comma is how many people write it.
    const micro = parseMicro(typed.replace(',', '.'));
    return micro > 0n && micro < 10n ** 15n ? micro.toString() : undefined;
  } catch {
    return undefined;
  }
}

interface CommandLineProps {
  label: string;
  description: string;
  value: string[];
  onChange: (words: string[]) => void;
  placeholder?: string;
}

/** A command line, split as a shell would; what it was split into stands under it. */
export function CommandLine({ label, description, value, onChange, placeholder }: CommandLineProps) {
  const text = useText('wizard').kind;
  const { typed, type } = useTyped(value, lineOf, sameWords);
  return (
    <div>
      <TextInput
        label={label}
        description={description}
        placeholder={placeholder}
        value={typed}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event) => {
          const words = wordsOf(event.currentTarget.value);
          type(event.currentTarget.value, words);
          onChange(words);
        }}
      />
      {value.length > 1 && <Quiet>{text.words(value)}</Quiet>}
    </div>
  );
}

const sameWords = (left: string[], right: string[]) => JSON.stringify(left) === JSON.stringify(right);

interface VariablesProps {
  value: Variable[];
  onChange: (variables: Variable[]) => void;
}

/** Environment variables, one row each. */
export function Variables({ value, onChange }: VariablesProps) {
  const text = useText('wizard').kind;
  const add = useRef<HTMLButtonElement>(null);
  const set = (index: number, part: Partial<Variable>) =>
    onChange(value.map((each, at) => (at === index ? { ...each, ...part } : each)));
  return (
    <Stack gap="xs" role="group" aria-label={text.variables}>
      <Field label={text.variables} hint={text.variablesHint} />
      {value.map((variable, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity; their names change while typed
        <Group key={index} gap="xs" wrap="nowrap" align="flex-start">
          <TextInput
            aria-label={text.variableName}
            placeholder={text.variableName}
            value={variable.name}
            error={variable.name !== '' && !isVariableName(variable.name) && text.variableError}
            spellCheck={false}
            autoComplete="off"
            flex="1 1 8rem"
            onChange={(event) => set(index, { name: event.currentTarget.value })}
          />
          <TextInput
            aria-label={`${text.variableValue}: ${variable.name}`}
            placeholder={text.variableValue}
            value={variable.value}
            spellCheck={false}
            autoComplete="off"
            flex="2 1 8rem"
            onChange={(event) => set(index, { value: event.currentTarget.value })}
          />
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={text.removeVariable(variable.name)}
            onClick={() => {
              onChange(value.filter((_, at) => at !== index));
              add.current?.focus();
            }}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          ref={add}
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...value, { name: '', value: '' }])}
        >
          {text.addVariable}
        </Button>
      </Group>
    </Stack>
  );
}

/** A label with its hint, above what is no single input. */
export function Field({ label, hint }: { label: ReactNode; hint?: ReactNode }) {
  return (
    <div>
      <Text size="sm" fw={500}>
        {label}
      </Text>
      {hint && <Quiet>{hint}</Quiet>}
    </div>
  );
}
