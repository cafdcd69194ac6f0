/** What runs on the workers: capacity for tasks, a container or a job; its image, command and variables. */
import { Stack, Switch, TextInput } from '@mantine/core';
import { SimulatedBadge } from '../../../design/states.tsx';
import { useText } from '../../../messages/index.ts';
import { isBare } from './draft.ts';
import { CommandLine, Variables } from './inputs.tsx';
import { isImage, isName } from './missing.ts';
import { Options } from './options.tsx';
import type { StepProps } from './step.ts';

type Choice = 'bare' | 'container' | 'job';

export function KindStep({ draft, change, currency }: StepProps) {
  const text = useText('wizard');
  const { kind } = text;
  const { optional } = useText('common');
  const { image = '' } = draft;
  const choice: Choice = isBare(draft) ? 'bare' : draft.kind;
  return (
    <Stack>
      <Options<Choice>
        legend={kind.legend}
        value={choice}
        currency={currency}
        onChange={(chosen) =>
          change(chosen === 'bare' ? { kind: 'container', image: undefined } : { kind: chosen, image })
        }
        options={[
          { value: 'bare', label: kind.bare, hint: kind.bareHint },
          { value: 'container', label: kind.container, hint: kind.containerHint },
          { value: 'job', label: kind.job, hint: kind.jobHint },
        ]}
      />
      {choice !== 'bare' && (
        <>
          <TextInput
            label={kind.image}
            description={kind.imageHint}
            required
            value={image}
            error={image === '' ? kind.imageNeeded : !isImage(image) && kind.imageError}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            onChange={(event) => change({ image: event.currentTarget.value.trim() })}
          />
          <CommandLine
            label={`${kind.command} (${optional})`}
            description={kind.commandHint}
            placeholder="python train.py"
            value={draft.command}
            onChange={(command) => change({ command })}
          />
          <CommandLine
            label={`${kind.args} (${optional})`}
            description={kind.argsHint}
            placeholder="--epochs 10"
            value={draft.args}
            onChange={(args) => change({ args })}
          />
          <Variables value={draft.variables} onChange={(variables) => change({ variables })} />
        </>
      )}
      <TextInput
        label={`${kind.name} (${optional})`}
        description={kind.nameHint}
        value={draft.name}
        error={draft.name !== '' && !isName(draft.name) && kind.nameError}
        maw={400}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <Switch
        checked={draft.simulated}
        onChange={(event) => change({ simulated: event.currentTarget.checked })}
        label={
          <>
            {text.simulated.label} {draft.simulated && <SimulatedBadge />}
          </>
        }
        description={text.simulated.hint}
      />
    </Stack>
  );
}
