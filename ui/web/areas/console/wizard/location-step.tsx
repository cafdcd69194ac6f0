/** Where the workers may be: on the map, by region, by country. */

import { Button, Group, Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { countriesQuery } from '../../../app/catalogue.ts';
import { useFormat } from '../../../design/format.ts';
import { Country, Quiet } from '../../../design/values.tsx';
import { WorldMap } from '../../../design/world-map.tsx';
import { useText } from '../../../messages/index.ts';
import { leftOf, Options, toggled } from './options.tsx';
import type { StepProps } from './step.ts';
import { useWords } from './words-for.ts';

export function LocationStep({ draft, change, preview, currency }: StepProps) {
  const text = useText('wizard');
  const { regions } = useText('common');
  const format = useFormat();
  const words = useWords();
  const { data: known = [] } = useQuery(countriesQuery);
  const inCountry = leftOf(preview, 'country');
  const inRegion = leftOf(preview, 'region');
  const options = (dimension: 'country' | 'region') =>
    preview?.choices.find((each) => each.dimension === dimension)?.options ?? [];
  const listed = [...new Set([...options('country').map(({ value }) => value), ...draft.countries])].sort((a, b) =>
    format.country(a).localeCompare(format.country(b)),
  );
  const everyRegion = [...new Set([...known.map(({ region }) => region), ...draft.regions])].sort();
  const toggleCountry = (code: string, chosen: boolean) =>
    change({ countries: toggled(draft.countries, code, chosen) });

  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <span aria-live="polite">
          {text.location.chosen}: <b>{words.location(draft)}</b>
        </span>
        <Button
          variant="default"
          size="xs"
          disabled={draft.countries.length + draft.regions.length === 0}
          onClick={() => change({ countries: [], regions: [] })}
        >
          {text.location.clear}
        </Button>
      </Group>
      <WorldMap
        label={text.location.map}
        places={options('country').map(({ value, workers, fromMicroUsdPerDeviceHour }) => ({
          country: value,
          value: workers,
          label: text.location.place(
            format.country(value),
            text.option.workers(workers),
            fromMicroUsdPerDeviceHour === null ? undefined : format.money(fromMicroUsdPerDeviceHour, currency),
          ),
          simulated: draft.simulated,
        }))}
        selected={draft.countries}
        onSelect={(code) => toggleCountry(code, !draft.countries.includes(code))}
        height={320}
      />
      <Options
        legend={text.location.regions}
        value={draft.regions}
        currency={currency}
        least="11rem"
        onChange={(region, chosen) => change({ regions: toggled(draft.regions, region, chosen) })}
        options={everyRegion.map((value) => ({
          value,
          label: (regions as Record<string, string>)[value] ?? value,
          left: inRegion(value),
        }))}
      />
      <Options
        legend={text.location.countries}
        value={draft.countries}
        currency={currency}
        least="11rem"
        onChange={toggleCountry}
        options={listed.map((code) => ({ value: code, label: <Country code={code} />, left: inCountry(code) }))}
      />
      {preview && listed.length === 0 && <Quiet>{text.location.none}</Quiet>}
      <Select
        label={text.location.another}
        searchable
        value={null}
        maw={320}
        data={known
          .filter(({ code }) => !listed.includes(code))
          .map(({ code }) => ({ value: code, label: format.country(code) }))
          .sort((a, b) => a.label.localeCompare(b.label))}
        onChange={(code) => code && toggleCountry(code, true)}
      />
    </Stack>
  );
}
