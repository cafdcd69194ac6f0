/** Adding a worker: one command with a token that works once, and how far the machine has come since, live. */

import { Alert, Button, Group, List, Radio, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { parseMicro } from '@muster/common/money';
import { answer, type Schemas } from '@muster/contract/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useAddress } from '../../app/address.ts';
import { api } from '../../app/api.ts';
import { countriesQuery } from '../../app/catalogue.ts';
import { queryClient } from '../../app/queries.ts';
import { one } from '../../app/search.ts';
import { Failure, Loaded } from '../../design/answers.tsx';
import { useFormat } from '../../design/format.ts';
import { ButtonLink, TextLink } from '../../design/links.tsx';
import { Page, Section } from '../../design/page.tsx';
import { Ladder, Rules } from '../../design/readiness.tsx';
import { StateBadge, ToneBadge } from '../../design/states.tsx';
import { Code, Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { OpenTokens } from './open-tokens.tsx';
import { poolsQuery, tokenQuery, tokensQuery, workerQuery } from './queries.ts';

type Token = Schemas['CreatedEnrolmentToken'];

const systems = ['linux', 'wsl'] as const;
const processors = ['nvidia', 'cpu'] as const;

export function AddWorker() {
  const { add: text } = useText('portal');
  const [search, change] = useAddress();
  // Only the token's id stands in the address: the token itself is shown once, and is on no page after a reload.
  const enrolment = one(search.enrolment);
  const [made, setMade] = useState<{ token: Token; command: string }>();

  return (
    <Page title={text.title} lead={text.lead}>
      {enrolment === undefined ? (
        <Section title={text.describe}>
          <TokenForm
            onMade={(token, command) => {
              setMade({ token, command });
              change({ enrolment: token.id });
            }}
          />
        </Section>
      ) : (
        <>
          <Section title={text.run}>
            {made?.token.id === enrolment ? (
              <Stack gap="sm">
                <Code label={text.command}>{made.command}</Code>
                <Text size="sm">{text.once}</Text>
                <List size="sm">
                  {text.needs.map((need) => (
                    <List.Item key={need}>{need}</List.Item>
                  ))}
                </List>
              </Stack>
            ) : (
              <Text>{text.notShownAgain}</Text>
            )}
            <Group mt="sm">
              <Button variant="default" size="xs" onClick={() => change({ enrolment: undefined })}>
                {text.another}
              </Button>
            </Group>
          </Section>
          <Progress enrolmentTokenId={enrolment} />
        </>
      )}
      {enrolment === undefined && <OpenTokens />}
      <Alert title={text.poolTitle} color="gray">
        {text.poolHint}{' '}
        <TextLink to="/portal/pools" inherit underline="always">
          {text.poolLink}
        </TextLink>
      </Alert>
    </Page>
  );
}

interface TokenFormProps {
  onMade: (token: Token, command: string) => void;
}

function TokenForm({ onMade }: TokenFormProps) {
  const { add: text } = useText('portal');
  const common = useText('common');
  const format = useFormat();
  const countries = useQuery(countriesQuery);
  const pools = useQuery(poolsQuery);
  const community = pools.data?.filter(({ kind, state }) => kind === 'community' && state === 'active') ?? [];
  const [system, setSystem] = useState<string>('linux');
  const [processor, setProcessor] = useState<string>('nvidia');
  const [service, setService] = useState(true);
  const [country, setCountry] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [floor, setFloor] = useState('');
  const [poolId, setPoolId] = useState<string | null>(null);
  const floorMicro = floor.trim() === '' ? undefined : microOf(floor);

  const make = useMutation({
    mutationFn: () =>
      answer(
        api.private.POST('/enrolment-tokens', {
          body: {
            country: country!,
            ...(name.trim() && { name: name.trim() }),
            ...(floorMicro && { floorMicroUsdPerHour: floorMicro }),
            ...(poolId && { poolId }),
          },
        }),
      ),
    onSuccess: (token) => {
      void queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey });
      const flags = [processor === 'nvidia' && '--gpu', service && '--service'].filter(Boolean).join(' ');
      const script = `${location.origin}/agent/join.sh`;
      onMade(
        token,
        `curl -fsSL ${script} | MUSTER_TOKEN='${token.token}' sh -s -- --url ${location.origin}${flags && ` ${flags}`}`,
      );
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (country !== null && floorMicro !== null) make.mutate();
  };

  return (
    <form onSubmit={send}>
      <Stack maw={520}>
        <Radio.Group label={text.system} value={system} onChange={setSystem}>
          <Group mt={6}>
            {systems.map((value) => (
              <Radio key={value} value={value} label={text.systems[value]} />
            ))}
          </Group>
        </Radio.Group>
        {system === 'wsl' && <Text size="sm">{text.wslHint}</Text>}
        <Radio.Group label={text.processor} value={processor} onChange={setProcessor}>
          <Group mt={6}>
            {processors.map((value) => (
              <Radio key={value} value={value} label={text.processors[value]} />
            ))}
          </Group>
        </Radio.Group>
        <Text size="sm">{text.otherProcessors}</Text>
        <Select
          label={text.country}
          description={text.countryHint}
          data={countries.data?.map(({ code }) => ({ value: code, label: format.country(code) })) ?? []}
          value={country}
          onChange={setCountry}
          searchable
          required
          nothingFoundMessage={common.table.noMatch}
        />
        <TextInput
          label={text.name}
          description={text.nameHint}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          maxLength={63}
        />
        <TextInput
          label={text.floor}
          description={text.floorHint}
          value={floor}
          onChange={({ currentTarget }) => setFloor(currentTarget.value)}
          inputMode="decimal"
          error={floorMicro === null && text.floorWrong}
          leftSection="$"
        />
        {community.length > 1 && (
          <Select
            label={text.pool}
            data={community.map(({ id, name: label }) => ({ value: id, label }))}
            value={poolId}
            onChange={setPoolId}
            clearable
          />
        )}
        <Switch
          label={text.service}
          description={text.serviceHint}
          checked={service}
          onChange={({ currentTarget }) => setService(currentTarget.checked)}
        />
        {make.error && <Failure error={make.error} />}
        <Group>
          <Button type="submit" loading={make.isPending} disabled={country === null || floorMicro === null}>
            {text.make}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Null for what is no amount. */
function microOf(typed: string): string | null {
  try {
    const micro = parseMicro(typed);
    return micro < 0n ? null : String(micro);
  } catch {
    return null;
  }
}

/** What became of the token: unused, expired, or a worker on its way up the ladder. */
function Progress({ enrolmentTokenId }: { enrolmentTokenId: string }) {
  const { add: text } = useText('portal');
  const token = useQuery(tokenQuery(enrolmentTokenId));
  return (
    <Section title={text.progress}>
      <div aria-live="polite">
        <Loaded query={token}>
          {({ workerId, expiresAt }) =>
            workerId ? (
              <Joined workerId={workerId} />
            ) : new Date(expiresAt) <= new Date() ? (
              <ToneBadge tone="done" word={text.expired} />
            ) : (
              <Stack gap={4} align="flex-start">
                <ToneBadge tone="busy" word={text.waiting} />
                <Text size="sm">
                  {text.expires} <Instant at={expiresAt} />
                </Text>
              </Stack>
            )
          }
        </Loaded>
      </div>
    </Section>
  );
}

function Joined({ workerId }: { workerId: string }) {
  const { add: text } = useText('portal');
  const worker = useQuery(workerQuery(workerId));
  return (
    <Loaded query={worker}>
      {(data) => (
        <Stack gap="md">
          <Group gap="sm">
            <Text fw={600}>{text.joined(data.name)}</Text>
            <StateBadge of="worker" state={data.status} />
          </Group>
          <Ladder worker={data} />
          <Rules worker={data} />
          <Group>
            <ButtonLink to="/portal/workers/$workerId" params={{ workerId }} size="sm">
              {text.open}
            </ButtonLink>
          </Group>
        </Stack>
      )}
    </Loaded>
  );
}
