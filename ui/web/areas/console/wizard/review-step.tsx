/** Everything asked for, its quote, the same request as code, and the button that creates the cluster. */
import { Alert, List } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { TextLink } from '../../../design/links.tsx';
import { useText } from '../../../messages/index.ts';
import { Asked } from './asked.tsx';
import { type Draft, requestOf, searchOf } from './draft.ts';
import { lacksOf } from './missing.ts';
import { Order } from './order.tsx';
import { RequestCode } from './request-code.tsx';
import classes from './wizard.module.css';

interface ReviewStepProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

export function ReviewStep({ draft, change }: ReviewStepProps) {
  const lacks = lacksOf(draft);
  return (
    <div className={classes.layout}>
      <div className={classes.stack}>
        {lacks.length > 0 && <Incomplete draft={draft} lacks={lacks} />}
        <Asked draft={draft} />
        {lacks.length === 0 && <RequestCode request={requestOf(draft)} />}
      </div>
      <div className={classes.aside}>{lacks.length === 0 && <Order draft={draft} change={change} />}</div>
    </div>
  );
}

function Incomplete({ draft, lacks }: { draft: Draft; lacks: ReturnType<typeof lacksOf> }) {
  const text = useText('wizard').review;
  return (
    <Alert color="yellow" icon={<IconAlertTriangle />} title={text.incomplete}>
      <List size="sm">
        {lacks.map(({ lack, step }) => (
          <List.Item key={lack}>
            <TextLink to="/console/clusters/new" search={{ ...searchOf(draft), step }}>
              {text.missing[lack]}
            </TextLink>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
