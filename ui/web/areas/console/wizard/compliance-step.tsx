/** What must be attested of every worker, and the tier of service that it must serve. */
import { Stack } from '@mantine/core';
import { compliances, serviceTiers } from '@muster/common/vocabulary';
import { useText } from '../../../messages/index.ts';
import { leftOf, Options, toggled } from './options.tsx';
import type { StepProps } from './step.ts';

export function ComplianceStep({ draft, change, preview, currency }: StepProps) {
  const text = useText('wizard').compliance;
  const common = useText('common');
  const attested = leftOf(preview, 'compliance');
  const serving = leftOf(preview, 'serviceTier');
  return (
    <Stack gap="lg">
      <Options
        legend={text.legend}
        value={draft.compliance}
        currency={currency}
        onChange={(value, chosen) => change({ compliance: toggled(draft.compliance, value, chosen) })}
        options={compliances.map((value) => ({
          value,
          label: common.compliances[value],
          hint: text.hints[value],
          left: attested(value),
        }))}
      />
      <Options
        legend={text.serviceTier}
        value={draft.serviceTier ?? 'economy'}
        currency={currency}
        // Economy or better is any: nothing is asked then.
        onChange={(value) => change({ serviceTier: value === 'economy' ? undefined : value })}
        options={[...serviceTiers].reverse().map((value) => ({
          value,
          label: common.serviceTiers[value],
          hint: text.serviceTiers[value],
          left: serving(value),
        }))}
      />
    </Stack>
  );
}
