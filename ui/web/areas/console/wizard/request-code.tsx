/** The request as a command line, as curl and as TypeScript, ready to copy. */
import { SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import { Section } from '../../../design/page.tsx';
import { Code, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { asCommandLine, asCurl, asTypeScript } from './as-code.ts';
import type { Request } from './draft.ts';

const forms = {
  cli: (request: Request) => asCommandLine(request),
  curl: (request: Request) => asCurl(request, location.origin),
  typescript: (request: Request) => asTypeScript(request, location.origin),
};
type Form = keyof typeof forms;

export function RequestCode({ request }: { request: Request }) {
  const text = useText('wizard').review;
  const [form, setForm] = useState<Form>('cli');
  return (
    <Section title={text.code}>
      <Stack gap="sm" align="stretch">
        <SegmentedControl
          aria-label={text.code}
          value={form}
          onChange={(value) => setForm(value as Form)}
          data={(Object.keys(forms) as Form[]).map((value) => ({ value, label: text.codeLabels[value] }))}
        />
        <Code label={text.codeLabels[form]}>{forms[form](request)}</Code>
        <Quiet>
          {text.codeHint} {request.env && text.valuesIncluded}
        </Quiet>
      </Stack>
    </Section>
  );
}
