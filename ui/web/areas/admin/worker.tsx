/** One worker as an operator sees it: both its axes, what holds it back, what it says of itself, and what may be done to it. */

import { Group, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { serviceTiers } from '@muster/common/vocabulary';
import { answer, type Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { api } from '../../app/api.ts';
import { modelsById } from '../../app/catalogue.ts';
import { useMay } from '../../app/session.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { DialogForm } from '../../design/dialog-form.tsx';
import { useFormat } from '../../design/format.ts';
import { Facts, Page, Section } from '../../design/page.tsx';
import { Ladder, Rules } from '../../design/readiness.tsx';
import { SimulatedBadge, StateBadge } from '../../design/states.tsx';
import { Country, Id, Instant, Model, Money, Quiet } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { AttestForm } from './attest-form.tsx';
import { AttestationTable } from './attestation-table.tsx';
import { factsOf } from './machine-facts.ts';
import { attestationsQuery, workerQuery } from './queries.ts';
import { OrganizationLink, PoolName } from './things.tsx';

type Worker = Schemas['Worker'];

export function WorkerPage() {
  const { workerId = '' } = useParams({ strict: false });
  const text = useText('admin').worker;
  const worker = useQuery(workerQuery(workerId));
  const attestations = useQuery(attestationsQuery({ workerId }));
  return (
    <Page
      title={worker.data?.name ?? text.title}
      heading={
        <Group gap="sm" component="span">
          {worker.data?.name ?? text.title}
          {worker.data?.simulated && <SimulatedBadge />}
        </Group>
      }
      lead={<Id id={workerId} />}
      actions={worker.data && <Actions worker={worker.data} />}
    >
      <Loaded query={worker}>
        {(data) => (
          <>
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <StatusSection worker={data} />
              <ReadinessSection worker={data} />
            </SimpleGrid>
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Properties worker={data} />
              <Machine worker={data} />
            </SimpleGrid>
          </>
        )}
      </Loaded>
      <Section title={text.attestations}>
        <Loaded query={attestations}>
          {(rows) => <AttestationTable rows={rows} empty={<Empty title={text.noAttestations} />} />}
        </Loaded>
      </Section>
    </Page>
  );
}

/** What may be done to it now. */
function Actions({ worker }: { worker: Worker }) {
  const text = useText('admin').worker;
  const common = useText('common');
  const path = { workerId: worker.id };
  if (!useMay('operator:write')) return null;
  return (
    <>
      <AttestForm workerId={worker.id} name={worker.name} />
      <DialogForm
        label={text.changeTier}
        title={text.changeTierOf(worker.name)}
        submit={text.changeTierDo}
        button={{ variant: 'default' }}
        initial={{ serviceTier: worker.serviceTier, reason: '' }}
        done={text.tierSet(worker.name)}
        renews={[
          ['admin', 'worker'],
          ['admin', 'fleet'],
        ]}
        act={({ serviceTier, reason }, key) =>
          answer(
            api.internal.POST('/workers/{workerId}/service-tier', {
              params: { path, header: { 'Idempotency-Key': key } },
              body: { serviceTier: serviceTier as Worker['serviceTier'], ...(reason && { reason }) },
            }),
          )
        }
      >
        {({ field }) => (
          <>
            <Text size="sm">{text.tierHint}</Text>
            <Select
              label={text.serviceTier}
              data={serviceTiers.map((tier) => ({ value: tier, label: common.serviceTiers[tier] }))}
              allowDeselect={false}
              {...field('serviceTier')}
            />
            <TextInput label={`${text.reason} (${common.optional})`} {...field('reason')} />
          </>
        )}
      </DialogForm>
      {worker.status === 'blocked' ? (
        <DialogForm
          label={text.unblock}
          title={text.unblockOf(worker.name)}
          initial={{ reason: '' }}
          required={['reason']}
          done={text.unblocked(worker.name)}
          renews={[
            ['admin', 'worker'],
            ['admin', 'fleet'],
          ]}
          act={(body, key) =>
            answer(
              api.internal.POST('/workers/{workerId}/unblock', {
                params: { path, header: { 'Idempotency-Key': key } },
                body,
              }),
            )
          }
        >
          {({ field }) => <TextInput label={text.reason} description={text.reasonHint} {...field('reason')} />}
        </DialogForm>
      ) : (
        <DialogForm
          label={text.block}
          title={text.blockOf(worker.name)}
          danger
          lost={worker.leaseId ? [text.blockLeased] : []}
          initial={{ reason: '' }}
          required={['reason']}
          done={text.blocked(worker.name)}
          renews={[
            ['admin', 'worker'],
            ['admin', 'fleet'],
          ]}
          act={(body, key) =>
            answer(
              api.internal.POST('/workers/{workerId}/block', {
                params: { path, header: { 'Idempotency-Key': key } },
                body,
              }),
            )
          }
        >
          {({ field }) => (
            <>
              <Text size="sm">{text.blockHint}</Text>
              <TextInput label={text.reason} description={text.reasonHint} {...field('reason')} />
            </>
          )}
        </DialogForm>
      )}
    </>
  );
}

function StatusSection({ worker }: { worker: Worker }) {
  const text = useText('admin').worker;
  return (
    <Section title={text.status}>
      <Facts
        of={[
          [text.status, <StateBadge key="status" of="worker" state={worker.status} />],
          [text.connection, worker.connected ? text.connected : text.notConnected],
          [text.lastSeen, <Instant key="seen" at={worker.lastSeenAt} none={text.neverSeen} />],
          [
            text.lease,
            worker.leaseId ? <Id key="lease" id={worker.leaseId} /> : <Quiet key="lease">{text.noLease}</Quiet>,
          ],
        ]}
      />
    </Section>
  );
}

/** How far it has come, and what keeps it from the next step. */
function ReadinessSection({ worker }: { worker: Worker }) {
  const { readiness } = useText('common');
  return (
    <Section title={readiness.title}>
      <Stack>
        <Ladder worker={worker} />
        <Rules worker={worker} />
      </Stack>
    </Section>
  );
}

function Properties({ worker }: { worker: Worker }) {
  const text = useText('admin').worker;
  const common = useText('common');
  const format = useFormat();
  const { data: models } = useQuery(modelsById);
  const { modelId } = worker;
  const speed = (mbps: number | null) => (mbps === null ? '–' : format.number(Math.round(mbps)));
  return (
    <Section title={text.properties}>
      <Facts
        of={[
          [text.organization, <OrganizationLink key="organization" id={worker.organizationId} />],
          [text.pool, <PoolName key="pool" id={worker.poolId} />],
          [text.origin, text.origins[worker.origin]],
          [text.model, <Model key="model" model={(modelId !== null && models?.get(modelId)) || modelId} />],
          [text.devices, format.number(worker.deviceCount)],
          [text.country, <Country key="country" code={worker.country} />],
          [text.site, worker.site ?? common.unknown],
          [text.networkDomain, worker.networkDomain ?? common.unknown],
          [
            text.connectivity,
            worker.connectivityTier === null
              ? text.notMeasured
              : text.speed(
                  common.connectivityTiers[worker.connectivityTier],
                  speed(worker.downMbps),
                  speed(worker.upMbps),
                ),
          ],
          [text.serviceTier, common.serviceTiers[worker.serviceTier]],
          [
            text.compliance,
            worker.compliance.length > 0
              ? worker.compliance.map((each) => common.compliances[each]).join(', ')
              : common.none,
          ],
          [
            text.floor,
            <Money
              key="floor"
              micro={worker.floorMicroUsdPerHour}
              currency={worker.simulated ? 'SIM' : 'USD'}
              per="deviceHour"
            />,
          ],
          [text.joined, <Instant key="joined" at={worker.createdAt} />],
        ]}
      />
    </Section>
  );
}

/** What the machine says of itself; nothing of it is trusted. */
function Machine({ worker }: { worker: Worker }) {
  const text = useText('admin').worker;
  const format = useFormat();
  const facts = factsOf(worker.facts, text.factNames, format);
  return (
    <Section title={text.machine}>{facts.length > 0 ? <Facts of={facts} /> : <Quiet>{text.noFacts}</Quiet>}</Section>
  );
}
