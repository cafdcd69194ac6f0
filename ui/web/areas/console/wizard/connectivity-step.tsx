/** How fast every worker must be connected, and whether they must be near to each other. */
import { Stack } from '@mantine/core';
import { connectivityTierNames, connectivityTiers } from '@muster/common/vocabulary';
import { useFormat } from '../../../design/format.ts';
import { useText } from '../../../messages/index.ts';
import { leftOf, Options } from './options.tsx';
import type { StepProps } from './step.ts';

type Together = 'apart' | 'oneSite' | 'oneNetworkDomain';

export function ConnectivityStep({ draft, change, preview, currency }: StepProps) {
  const text = useText('wizard').connectivity;
  const { connectivityTiers: names } = useText('common');
  const format = useFormat();
  const reached = leftOf(preview, 'connectivity');
  const near = leftOf(preview, 'together');
  const together: Together = draft.oneNetworkDomain ? 'oneNetworkDomain' : draft.oneSite ? 'oneSite' : 'apart';
  return (
    <Stack gap="lg">
      <Options
        legend={text.legend}
        value={draft.tier}
        currency={currency}
        onChange={(tier) => change({ tier })}
        options={[...connectivityTierNames].reverse().map((value) => ({
          value,
          label: names[value],
          hint: text.speeds(
            format.number(connectivityTiers[value].downMbps),
            format.number(connectivityTiers[value].upMbps),
          ),
          left: reached(value),
        }))}
      />
      <Options<Together>
        legend={text.together}
        value={together}
        currency={currency}
        onChange={(value) => change({ oneSite: value === 'oneSite', oneNetworkDomain: value === 'oneNetworkDomain' })}
        options={[
          { value: 'apart', label: text.apart, hint: text.apartHint },
          { value: 'oneSite', label: text.oneSite, hint: text.oneSiteHint, left: near('oneSite') },
          {
            value: 'oneNetworkDomain',
            label: text.oneNetworkDomain,
            hint: text.oneNetworkDomainHint,
            left: near('oneNetworkDomain'),
          },
        ]}
      />
    </Stack>
  );
}
