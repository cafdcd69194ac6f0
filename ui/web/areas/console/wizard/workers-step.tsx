/** How many workers, what they may cost, and how their number follows the tasks. */
import { Group, Stack, Switch } from '@mantine/core';
import { Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { isBare } from './draft.ts';
import { Amount, Field, WholeNumber } from './inputs.tsx';
import type { StepProps } from './step.ts';

const mostWorkers = 1_000;
/** A week, in minutes: the longest idle time that the contract takes. */
const mostIdleMinutes = 10_080;

export function WorkersStep({ draft, change, preview, currency }: StepProps) {
  const text = useText('wizard');
  const { workers: words } = text;
  const { workers, devicesPerWorker, minWorkers, maxWorkers, idleShutdownSeconds } = draft;
  const scaled = minWorkers !== undefined && maxWorkers !== undefined;
  const outside = scaled && (minWorkers > workers || workers > maxWorkers);
  return (
    <Stack gap="lg">
      <WholeNumber
        label={words.count}
        description={preview && words.countHint(text.option.workers(preview.matching))}
        error={outside && words.boundsError}
        value={workers}
        onChange={(count) => change({ workers: count })}
        min={1}
        max={mostWorkers}
        maw={320}
      />
      <Quiet>{words.devices(workers, devicesPerWorker)}</Quiet>
      <Stack gap="sm" role="group" aria-label={words.guard}>
        <Field label={words.guard} />
        <Amount
          label={words.maxPrice}
          description={words.maxPriceHint}
          currency={currency}
          value={draft.maxMicroUsdPerDeviceHour}
          onChange={(maxMicroUsdPerDeviceHour) => change({ maxMicroUsdPerDeviceHour })}
        />
        <Amount
          label={words.cap}
          description={words.capHint}
          currency={currency}
          value={draft.spendingCapMicroUsd}
          onChange={(spendingCapMicroUsd) => change({ spendingCapMicroUsd })}
        />
      </Stack>
      <Stack gap="sm" role="group" aria-label={words.bare}>
        <Field label={words.bare} {...(!isBare(draft) && { hint: words.bareOnly })} />
        <Switch
          label={words.autoscaling}
          disabled={!isBare(draft)}
          checked={isBare(draft) && scaled}
          onChange={(event) =>
            change(
              event.currentTarget.checked
                ? { minWorkers: 1, maxWorkers: Math.min(mostWorkers, workers * 2) }
                : { minWorkers: undefined, maxWorkers: undefined },
            )
          }
        />
        {isBare(draft) && scaled && (
          <Group gap="sm" align="flex-start">
            <WholeNumber
              label={words.least}
              value={minWorkers}
              onChange={(count) => change({ minWorkers: count })}
              min={1}
              max={mostWorkers}
              w={150}
            />
            <WholeNumber
              label={words.most}
              value={maxWorkers}
              onChange={(count) => change({ maxWorkers: count })}
              min={1}
              max={mostWorkers}
              w={150}
            />
          </Group>
        )}
        <Switch
          label={words.idle}
          disabled={!isBare(draft)}
          checked={isBare(draft) && idleShutdownSeconds !== undefined}
          onChange={(event) => change({ idleShutdownSeconds: event.currentTarget.checked ? 1_800 : undefined })}
        />
        {isBare(draft) && idleShutdownSeconds !== undefined && (
          <WholeNumber
            label={words.idleMinutes}
            value={Math.ceil(idleShutdownSeconds / 60)}
            onChange={(minutes) => change({ idleShutdownSeconds: minutes * 60 })}
            min={1}
            max={mostIdleMinutes}
            maw={240}
          />
        )}
      </Stack>
    </Stack>
  );
}
