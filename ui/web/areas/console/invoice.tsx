/** An invoice, down to the usage windows that it follows from, computed again in the browser. */
import { Alert, Button, List, Text } from '@mantine/core';
import { formatMicro } from '@muster/common/money';
import { IconAlertTriangle, IconCircleCheck, IconDownload, IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty, Loaded } from '../../design/answers.tsx';
import { useFormat } from '../../design/format.ts';
import { Facts, Page, Section } from '../../design/page.tsx';
import { SimulatedBadge } from '../../design/states.tsx';
import { DataTable } from '../../design/table.tsx';
import { Duration, Id, Money, Quiet } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { ClusterLink } from './billing/cluster-link.tsx';
import { invoiceQuery } from './billing/queries.ts';
import classes from './invoice/invoice.module.css';
import { type Difference, type InvoiceWithLines, type Rederivation, rederive } from './invoice/rederive.ts';

export function InvoicePage() {
  const { invoiceId } = useParams({ strict: false }) as { invoiceId: string };
  const text = useText('console').invoice;
  const query = useQuery(invoiceQuery(invoiceId));
  return (
    <Page
      title={query.data ? text.of(query.data.number) : text.title}
      actions={
        <div className={classes.screen}>
          <Button
            component="a"
            href={`/v1/invoices/${invoiceId}/lines.csv`}
            download
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            mr="xs"
          >
            {text.csv}
          </Button>
          <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => print()}>
            {text.print}
          </Button>
        </div>
      }
    >
      <Loaded query={query}>{(invoice) => <Whole invoice={invoice} />}</Loaded>
    </Page>
  );
}

function Whole({ invoice }: { invoice: InvoiceWithLines }) {
  const text = useText('console').invoice;
  const format = useFormat();
  const derived = useMemo(() => rederive(invoice), [invoice]);
  const from = derived.lines.map((line) => line.from).sort()[0];
  const to = derived.lines
    .map((line) => line.to)
    .sort()
    .at(-1);
  return (
    <>
      <Section>
        <Facts
          of={[
            [
              text.total,
              <b key="total">
                <Money micro={invoice.totalMicroUsd} currency={invoice.currency} />{' '}
                {invoice.currency === 'SIM' && <SimulatedBadge />}
              </b>,
            ],
            [text.cluster, <ClusterLink key="cluster" id={invoice.clusterId} />],
            [text.issued, format.instant(invoice.issuedAt)],
            ...(from && to ? [[text.span, `${format.instant(from)} – ${format.instant(to)}`] as [string, string]] : []),
            ['ID', <Id key="id" id={invoice.id} />],
          ]}
        />
      </Section>
      <Check invoice={invoice} derived={derived} />
      <Leases invoice={invoice} derived={derived} />
      <Windows invoice={invoice} derived={derived} />
    </>
  );
}

interface Part {
  invoice: InvoiceWithLines;
  derived: Rederivation;
}

/** Whether the bill follows from its windows, by the rule of the contract. */
function Check({ invoice: { totalMicroUsd, currency }, derived: { total, differences } }: Part) {
  const text = useText('console').invoice.check;
  const equal = differences.length === 0;
  const tell = (difference: Difference) => {
    switch (difference.kind) {
      case 'charge':
        return text.wrongCharge(
          difference.windowId,
          `${formatMicro(difference.expected)} ${currency}`,
          `${formatMicro(difference.charged)} ${currency}`,
        );
      case 'gap':
        return text.gap(difference.leaseId, difference.at);
      case 'total':
        return text.wrongTotal(
          `${formatMicro(difference.expected)} ${currency}`,
          `${formatMicro(difference.billed)} ${currency}`,
        );
    }
  };
  return (
    <Alert
      color={equal ? 'teal' : 'red'}
      classNames={{ root: equal ? classes.equal! : classes.differs!, title: classes.verdict! }}
      icon={equal ? <IconCircleCheck /> : <IconAlertTriangle />}
      title={equal ? text.equal : text.differs}
    >
      <Facts
        of={[
          [text.sum, <Money key="sum" micro={total} currency={currency} />],
          [text.billed, <Money key="billed" micro={totalMicroUsd} currency={currency} />],
        ]}
      />
      {!equal && (
        <List size="sm">
          {differences.map((difference) => (
            <List.Item key={tell(difference)}>{tell(difference)}</List.Item>
          ))}
        </List>
      )}
      <Text size="sm" mt="xs">
        {text.how}
      </Text>
      <Text size="sm" fs="italic">
        {text.rule}
      </Text>
    </Alert>
  );
}

/** One line per lease: what a printed invoice shows. */
function Leases({ invoice: { currency }, derived: { leases, total } }: Part) {
  const text = useText('console').invoice;
  if (leases.length === 0) return null;
  return (
    <Section title={text.leases.title}>
      <div className={classes.scroll}>
        <table className={classes.leases}>
          <thead>
            <tr>
              <th scope="col">{text.leases.lease}</th>
              <th scope="col">{text.leases.worker}</th>
              <th scope="col" data-number>
                {text.leases.devices}
              </th>
              <th scope="col" data-number>
                {text.leases.price}
              </th>
              <th scope="col" data-number>
                {text.leases.charged}
              </th>
              <th scope="col" data-number>
                {text.leases.free}
              </th>
              <th scope="col" data-number>
                {text.leases.amount}
              </th>
            </tr>
          </thead>
          <tbody>
            {leases.map((lease) => (
              <tr key={lease.leaseId}>
                <td>
                  <Id id={lease.leaseId} short />
                </td>
                <td>
                  <Id id={lease.workerId} short />
                </td>
                <td data-number>{lease.devices}</td>
                <td data-number>
                  <Money micro={lease.priceMicroUsdPerDeviceHour} currency={currency} />
                </td>
                <td data-number>
                  <Duration seconds={lease.chargedMs / 1_000} />
                </td>
                <td data-number>
                  <Duration seconds={lease.freeMs / 1_000} />
                </td>
                <td data-number>
                  <Money micro={lease.micro} currency={currency} />
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={6}>
                {text.total}
              </th>
              <td data-number>
                <Money micro={total} currency={currency} />
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
    </Section>
  );
}

const tableHeight = 560;

function Windows({ invoice: { currency }, derived: { lines } }: Part) {
  const text = useText('console').invoice.lines;
  const format = useFormat();
  return (
    <div className={classes.screen}>
      <Section title={text.title}>
        <DataTable
          id="windows"
          label={text.title}
          rows={lines}
          rowId={({ windowId }) => windowId}
          empty={<Empty title={text.empty} />}
          maxHeight={tableHeight}
          columns={[
            {
              id: 'from',
              width: 210,
              header: text.from,
              value: ({ from }) => from,
              cell: ({ from }) => <time dateTime={from}>{format.instant(from)}</time>,
            },
            {
              id: 'to',
              header: text.to,
              value: ({ to }) => to,
              cell: ({ to }) => <time dateTime={to}>{format.instant(to)}</time>,
              hidden: true,
            },
            {
              id: 'lease',
              header: text.lease,
              value: ({ leaseId }) => leaseId,
              cell: ({ leaseId }) => <Id id={leaseId} short />,
              from: 'lg',
            },
            {
              id: 'derivation',
              width: 360,
              header: text.derivation,
              value: ({ ms }) => ms,
              cell: (line) =>
                line.freeBecause === null ? (
                  <Quiet>
                    {`${format.money(line.priceMicroUsdPerDeviceHour, currency)} × ${line.devices} × ${format.number(line.ms)} ms ÷ ${format.number(3_600_000)}`}
                  </Quiet>
                ) : (
                  <Quiet>
                    {text.free}: {line.freeBecause}
                  </Quiet>
                ),
              from: 'sm',
            },
            {
              id: 'charge',
              header: text.charge,
              value: ({ chargeMicroUsd }) => BigInt(chargeMicroUsd),
              cell: ({ chargeMicroUsd }) => <Money micro={chargeMicroUsd} currency={currency} />,
              align: 'right',
            },
          ]}
        />
      </Section>
    </div>
  );
}
