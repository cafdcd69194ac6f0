/** How long the cluster shall run. */

import { Button, Group, NativeSelect, Stack } from '@mantine/core';
import { hourMs } from '@muster/common/time';
import { useState } from 'react';
import { useFormat } from '../../../design/format.ts';
import { useNow } from '../../../design/now.ts';
import { Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { Field, WholeNumber } from './inputs.tsx';
import { Options } from './options.tsx';
import type { StepProps } from './step.ts';
import { useWords } from './words-for.ts';

/** A year: the most that the contract takes. */
const mostHours = 8_760;
const hoursOf = { hours: 1, days: 24, weeks: 168 };
type Unit = keyof typeof hoursOf;
const units: Unit[] = ['weeks', 'days', 'hours'];
const presets = [1, 8, 24, 72, 168, 672];

export function TimeStep({ draft, change, currency }: StepProps) {
  const text = useText('wizard').time;
  const { hours } = draft;
  return (
    <Stack gap="lg">
      <Options<'untilStopped' | 'limited'>
        legend={text.legend}
        value={hours === undefined ? 'untilStopped' : 'limited'}
        currency={currency}
        onChange={(value) => change({ hours: value === 'limited' ? 24 : undefined })}
        options={[
          { value: 'untilStopped', label: text.untilStopped, hint: text.untilStoppedHint },
          { value: 'limited', label: text.limited, hint: text.limitedHint },
        ]}
      />
      {hours !== undefined && <Length hours={hours} change={(next) => change({ hours: next })} />}
    </Stack>
  );
}

function Length({ hours, change }: { hours: number; change: (hours: number) => void }) {
  const text = useText('wizard').time;
  const words = useWords();
  const format = useFormat();
  const now = useNow();
  const [unit, setUnit] = useState<Unit>(() => units.find((each) => hours % hoursOf[each] === 0)!);
  // A length that is no whole number of the unit, after a preset, is told in hours.
  const shown = hours % hoursOf[unit] === 0 ? unit : 'hours';
  return (
    <Stack gap="sm">
      <div>
        <Field label={text.presets} />
        <Group gap="xs" mt={4}>
          {presets.map((each) => (
            <Button
              key={each}
              size="xs"
              variant={each === hours ? 'filled' : 'default'}
              aria-pressed={each === hours}
              onClick={() => change(each)}
            >
              {words.hours(each)}
            </Button>
          ))}
        </Group>
      </div>
      <Group gap="xs" align="flex-end">
        <WholeNumber
          label={text.length}
          value={hours / hoursOf[shown]}
          onChange={(count) => change(count * hoursOf[shown])}
          min={1}
          max={Math.floor(mostHours / hoursOf[shown])}
          w={120}
        />
        <NativeSelect
          label={text.unit}
          value={shown}
          data={[...units].reverse().map((value) => ({ value, label: text.units[value] }))}
          onChange={(event) => {
            const next = event.currentTarget.value as Unit;
            setUnit(next);
            change(Math.min(hours / hoursOf[shown], Math.floor(mostHours / hoursOf[next])) * hoursOf[next]);
          }}
        />
      </Group>
      <Quiet>{text.ends(format.instant(new Date(now.getTime() + hours * hourMs)))}</Quiet>
      <Quiet>{text.most}</Quiet>
    </Stack>
  );
}
