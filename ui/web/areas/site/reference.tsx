/** The API reference, rendered from the documents that the contract makes. */
import { Group, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { useAddress } from '../../app/address.ts';
import { one } from '../../app/search.ts';
import { useMay } from '../../app/session.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { Page } from '../../design/page.tsx';
import { Code } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { type Document, exampleOf, type Member, membersOf, type Operation, operationsOf } from './openapi.ts';
import { documentQuery } from './queries.ts';
import classes from './site.module.css';

const bases = { public: '/v1', private: '/private/v1', internal: '/internal/v1' } as const;
type Api = keyof typeof bases;

export function Reference() {
  const { reference: text } = useText('site');
  const { nav, table } = useText('common');
  const operator = useMay('operator:read');
  const [search, change] = useAddress();
  const offered = (Object.keys(bases) as Api[]).filter((each) => each !== 'internal' || operator);
  const api = offered.find((each) => each === search.api) ?? 'public';
  const wanted = one(search.q) ?? '';
  const document = useQuery(documentQuery(bases[api]));

  return (
    <Page title={nav.reference} lead={text.lead}>
      <Group gap="sm">
        <SegmentedControl
          aria-label={text.api}
          data={offered.map((value) => ({ value, label: text.apis[value] }))}
          value={api}
          onChange={(value) => change({ api: value })}
        />
        <TextInput
          aria-label={table.search}
          placeholder={table.search}
          value={wanted}
          onChange={({ currentTarget }) => change({ q: currentTarget.value || undefined })}
          w={{ base: '100%', xs: 260 }}
        />
      </Group>
      <Loaded query={document}>
        {(data) => <Operations document={data as Document} wanted={wanted.trim().toLowerCase()} />}
      </Loaded>
    </Page>
  );
}

function Operations({ document, wanted }: { document: Document; wanted: string }) {
  const { reference: text } = useText('site');
  const hash = useRouterState({ select: ({ location }) => location.hash });
  const groups = useMemo(() => Map.groupBy(operationsOf(document), ({ noun }) => noun), [document]);
  const shown = [...groups].flatMap(([noun, operations]) => {
    const matching = operations.filter(({ haystack }) => haystack.includes(wanted));
    return matching.length > 0 ? [[noun, matching] as const] : [];
  });
  useEffect(() => {
    if (hash) globalThis.document.getElementById(hash)?.scrollIntoView();
  }, [hash]);
  if (shown.length === 0) return <Empty title={text.nothing} />;
  return (
    <Stack gap="xl">
      <Text>{document.info.description}</Text>
      {shown.map(([noun, operations]) => (
        <Stack key={noun} gap="xs">
          <Title order={2}>{noun}</Title>
          {operations.map((operation) => (
            <OperationEntry key={operation.id} operation={operation} document={document} open={operation.id === hash} />
          ))}
        </Stack>
      ))}
    </Stack>
  );
}

interface OperationEntryProps {
  operation: Operation;
  document: Document;
  open: boolean;
}

function OperationEntry({ operation, document, open }: OperationEntryProps) {
  const { reference: text } = useText('site');
  const { id, method, path, summary, description, parameters, body, answer, refusals, access } = operation;
  return (
    <details className={classes.operation} id={id} open={open}>
      <summary>
        <span className={classes.method} data-method={method}>
          {method.toUpperCase()}
        </span>
        <span className={classes.path}>{path}</span>
        <Text span size="sm">
          {summary}
        </Text>
      </summary>
      <Stack gap="md">
        {description && <Text>{description}</Text>}
        <Text size="sm">
          <b>{text.access}:</b>{' '}
          {'anyone' in access ? text.anyone : 'signedIn' in access ? text.signedIn : <code>{access.scope}</code>}
        </Text>
        {parameters.length > 0 && <Members title={text.parameters} members={parameters} />}
        {body && <Members title={text.body} members={membersOf(body, document)} />}
        {answer && <Members title={text.answer} members={membersOf(answer, document)} />}
        {refusals.length > 0 && (
          <div>
            <Title order={3}>{text.refusals}</Title>
            <ul>
              {refusals.map(({ status, sentence }) => (
                <li key={status}>
                  <b>{status}</b>{' '}
                  <Text span size="sm">
                    {sentence.replaceAll('`', '')}
                  </Text>
                </li>
              ))}
            </ul>
          </div>
        )}
        <Code label={`curl: ${summary}`}>{exampleOf(operation, document, location.origin)}</Code>
      </Stack>
    </details>
  );
}

function Members({ title, members }: { title: string; members: Member[] }) {
  const { reference: text } = useText('site');
  if (members.length === 0) return null;
  return (
    <div>
      <Title order={3}>{title}</Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className={classes.scroll} aria-label={title} tabIndex={0}>
        <table className={classes.members}>
          <thead>
            <tr>
              <th scope="col">{text.member}</th>
              <th scope="col">{text.type}</th>
              <th scope="col">{text.meaning}</th>
            </tr>
          </thead>
          <tbody>
            {members.map(({ name, type, required, meaning }) => (
              <tr key={name}>
                <td>
                  <code>{name}</code>
                  {required && <abbr title={text.required}> *</abbr>}
                </td>
                <td>{type}</td>
                <td>{meaning}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
