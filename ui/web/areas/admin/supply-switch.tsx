/** Whether a page tells of real or of simulated supply: kept in the address, and never both at once. */
import { SegmentedControl } from '@mantine/core';
import { useText } from '../../messages/index.ts';
import { useChoice } from './choice.ts';

const supplies = ['real', 'simulated'] as const;

export function useSupply() {
  const [supply, set] = useChoice('supply', 'real', supplies);
  return { simulated: supply === 'simulated', supply, set };
}

export function SupplySwitch() {
  const text = useText('admin').things;
  const { supply, set } = useSupply();
  return (
    <SegmentedControl
      aria-label={text.supply}
      data={supplies.map((each) => ({ value: each, label: text.supplies[each] }))}
      value={supply}
      onChange={set}
    />
  );
}
